// Adding and removing.
import { ApiError, api, type Share } from '../api';
import { h, icon, setText } from '../dom';
import * as format from '../format';
import { say } from '../message';
import type { Store } from '../store';

const TORRENT_BYTES_MAX = 700_000;  // what fits into one request

let opened = 0;

/** A modal dialog; Escape and the buttons close it. `submit` throws what it refuses. */
function dialog(title: string, fields: Node[], verb: string, tone: string, submit: () => Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const trouble = h('p', { class: 'why', 'data-tone': 'error', role: 'alert' });
    trouble.hidden = true;
    const act = h('button', { class: tone, type: 'submit' }, verb);
    const heading = `dialog-${++opened}`;
    const form = h('form', { method: 'dialog' }, h('h2', { id: heading }, title), ...fields, trouble,
                   h('div', { class: 'actions end' },
                     h('button', { type: 'button', click: () => box.close() }, 'Cancel'), act));
    const box = h('dialog', { 'aria-labelledby': heading }, form);
    let done = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      act.disabled = true;
      try {
        await submit();
        done = true;
        box.close();
      } catch (error) {
        setText(trouble, error instanceof Error ? error.message : 'The daemon does not answer.');
        trouble.hidden = false;
        act.disabled = false;
      }
    });
    box.addEventListener('close', () => {
      box.remove();
      resolve(done);
    });
    document.body.append(box);
    box.showModal();
  });
}

function field(label: string, input: HTMLElement, hint = ''): HTMLElement {
  return h('label', { class: 'field-row' }, h('span', {}, label), input, hint ? h('small', {}, hint) : '');
}

function check(label: string, checked = false): [HTMLElement, HTMLInputElement] {
  const input = h('input', { type: 'checkbox', checked });
  return [h('label', { class: 'check' }, input, label), input];
}

export function askToRemove(share: Share): Promise<boolean> {
  const [row, data] = check('Also delete what was downloaded');
  row.hidden = share.kind !== 'get';
  const stays = share.kind === 'get' ? 'Its files stay unless you say otherwise.' : 'Its files stay where they are.';
  return dialog(`Remove ${share.name}?`, [h('p', {}, `It is no longer fetched or shared. ${stays}`), row], 'Remove',
                'primary danger', async () => {
    await api.remove(share.id, data.checked);
    say('Removed.');
  });
}

/** Where the latest download went, else what the daemon suggests. */
function suggestedDirectory(store: Store): string {
  let latest: Share | null = null;
  for (const share of store.shares.values()) {
    if (share.directory && (!latest || share.id > latest.id)) latest = share;
  }
  return latest?.directory ?? store.daemon?.downloads ?? '';
}

async function readTorrent(file: File): Promise<string> {
  if (file.size > TORRENT_BYTES_MAX) {
    throw new ApiError('too_long', `${file.name} is too long for this page; use: stp get -b FILE`);
  }
  return (await api.torrent(new Uint8Array(await file.arrayBuffer()))).link;
}

/** Fetch by link or .torrent file (`file`: one that was dropped), or share a path of the daemon's machine. */
export function askToAdd(store: Store, file: File | null = null): Promise<boolean> {
  const link = h('textarea', { rows: 3, spellcheck: 'false', autocomplete: 'off', placeholder: 'magnet:?xt=… or stp:…' });
  const picked = h('input', { type: 'file', accept: '.torrent,application/x-bittorrent', 'aria-label': '.torrent file' });
  const directory = h('input', { type: 'text', spellcheck: 'false', autocomplete: 'off',
                                 value: suggestedDirectory(store) });
  const path = h('input', { type: 'text', spellcheck: 'false', autocomplete: 'off', placeholder: '/home/…' });
  const [keepRow, keep] = check('Keep sharing when it is complete', true);
  const [privateRow, isPrivate] = check('Private: only people with the link can find, join and read it');
  const [eachRow, each] = check('A folder: share each file by itself, and follow changes');

  const get = h('div', { class: 'pane' },
                file ? h('p', { class: 'picked' }, icon('done'), `${file.name} (${format.bytes(file.size)})`)
                  : field('Link', link),
                file ? '' : field('or a .torrent file', picked), field('Save in', directory, 'on the daemon\'s machine'),
                keepRow);
  const share = h('div', { class: 'pane' },
                  field('File or folder', path, 'a whole path on the daemon\'s machine'), privateRow, eachRow);
  share.hidden = true;
  const choose = (sharing: boolean) => {
    get.hidden = sharing;
    share.hidden = !sharing;
  };
  const radio = (text: string, sharing: boolean) => h('label', {}, h('input', {
    type: 'radio', name: 'add-what', checked: !sharing, change: () => choose(sharing) }), h('span', {}, text));
  const which = h('fieldset', { class: 'segments' }, h('legend', { class: 'hidden' }, 'What to add'),
                  radio('Download', false), radio('Share', true));

  return dialog('Add', [...(file ? [] : [which]), get, share], 'Add', 'primary', async () => {
    let order: Record<string, unknown>;
    if (share.hidden) {
      const dropped = file ?? picked.files?.[0];
      const target = dropped ? await readTorrent(dropped) : link.value.trim();
      if (target === '') throw new ApiError('bad_request', 'Paste a link, or choose a .torrent file.');
      order = { kind: 'get', link: target, directory: directory.value.trim(), seed: keep.checked };
    } else {
      const whole = path.value.trim();
      if (!whole.startsWith('/')) throw new ApiError('bad_request', 'The path has to begin with /.');
      order = each.checked ? { kind: 'folder', paths: [whole], each: true, watch: true, private: isPrivate.checked }
        : { kind: 'seed', paths: [whole], private: isPrivate.checked };
    }
    const answer = await api.add(order);
    say(answer.held ? `${answer.share.name} was there already.` : `Added ${answer.share.name}.`);
    location.hash = `#/shares/${answer.share.id}`;
  });
}
