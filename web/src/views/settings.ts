// What can be changed while the process runs, apart from the limits.
import { api, type Daemon } from '../api';
import { h } from '../dom';
import { attempt, say } from '../message';

export class SettingsForm {
  private readonly mustHide = h('select', {}, h('option', { value: '' }, 'as peers can'),
                                h('option', { value: 'require' }, 'required'));
  private readonly portMap = h('select', {}, h('option', { value: '' }, 'off'), h('option', { value: 'on' }, 'on'));
  private readonly connections = h('input', { type: 'number', required: true, min: 8, step: 1 });
  private readonly slots = h('input', { type: 'number', required: true, min: 2, max: 200, step: 1 });
  readonly element = h('form', { class: 'limits settings', submit: (event) => void this.save(event) },
                       h('label', {}, h('span', {}, 'Encryption'), this.mustHide),
                       h('label', {}, h('span', {}, 'Port mapping'), this.portMap),
                       h('label', {}, h('span', {}, 'Connections'), this.connections),
                       h('label', {}, h('span', {}, 'Peers served at once'), this.slots),
                       h('button', { type: 'submit' }, 'Set'));
  private shown = '';

  /** What is in force; what somebody is typing stays until that changes. */
  show(settings: Daemon['settings']): void {
    const { must_hide, port_map, connections, connections_max, upload_slots } = settings;
    const now = [must_hide, port_map, connections, connections_max, upload_slots].join(' ');
    if (now === this.shown) return;
    this.shown = now;
    this.mustHide.value = must_hide ? 'require' : '';
    this.portMap.value = port_map ? 'on' : '';
    this.connections.max = String(connections_max);
    this.connections.value = String(connections);
    this.slots.value = String(upload_slots);
  }

  private async save(event: Event): Promise<void> {
    event.preventDefault();
    const changes = {
      must_hide: this.mustHide.value !== '',
      port_map: this.portMap.value !== '',
      connections: this.connections.valueAsNumber,
      upload_slots: this.slots.valueAsNumber,
    };
    if (await attempt(() => api.settings(changes))) say('The settings are changed.');
  }
}
