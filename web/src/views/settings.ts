// What can be changed while the process runs, apart from the limits.
import { api, type Daemon } from '../api';
import { h } from '../dom';
import { Field, submit } from '../field';
import { attempt, say } from '../message';

export class SettingsForm {
  private readonly mustHide = new Field(h('select', {}, h('option', { value: '' }, 'as peers can'),
                                          h('option', { value: 'require' }, 'required')));
  private readonly portMap = new Field(h('select', {}, h('option', { value: '' }, 'off'),
                                         h('option', { value: 'on' }, 'on')));
  private readonly connections = new Field(h('input', { type: 'number', required: true, min: 8, step: 1 }));
  private readonly slots = new Field(h('input', { type: 'number', required: true, min: 2, max: 200, step: 1 }));
  readonly element = h('form', { class: 'limits settings', submit: (event) => void this.save(event) },
                       h('label', {}, h('span', {}, 'Encryption'), this.mustHide.element),
                       h('label', {}, h('span', {}, 'Port mapping'), this.portMap.element),
                       h('label', {}, h('span', {}, 'Connections'), this.connections.element),
                       h('label', {}, h('span', {}, 'Peers served at once'), this.slots.element),
                       h('button', { type: 'submit' }, 'Set'));

  show(settings: Daemon['settings']): void {
    this.mustHide.show(settings.must_hide ? 'require' : '');
    this.portMap.show(settings.port_map ? 'on' : '');
    this.connections.element.max = String(settings.connections_max);
    this.connections.show(String(settings.connections));
    this.slots.show(String(settings.upload_slots));
  }

  private async save(event: Event): Promise<void> {
    event.preventDefault();
    const changes = {
      must_hide: this.mustHide.element.value !== '',
      port_map: this.portMap.element.value !== '',
      connections: this.connections.element.valueAsNumber,
      upload_slots: this.slots.element.valueAsNumber,
    };
    const fields = [this.mustHide, this.portMap, this.connections, this.slots];
    if (await submit(fields, () => attempt(() => api.settings(changes)))) say('The settings are changed.');
  }
}
