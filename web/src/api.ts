// The daemon's API (docs/api.md), at the port that this page came from.

export interface Share {
  id: number;
  kind: 'seed' | 'get' | 'folder';
  name: string;
  state: string;
  added: number;
  error: { kind: string; message: string } | null;
  reason: string;
  trouble: string;
  discovery: string;
  warnings: string[];
  link: string | null;
  info_hash: string | null;
  private: boolean;
  paths?: string[];
  directory?: string;
  bytes: number | null;
  files: number | null;
  done: number;
  of: number;
  down_rate: number;
  up_rate: number;
  downloaded: number;
  uploaded: number;
  peers: number;
  seeds: number;
  connecting: number;
  shared?: number;
  each?: boolean;
  watch?: boolean;
}

export interface Peer {
  address: string;
  client: string;
  wire: string;
  wire_version: number;
  encrypted: boolean;
  found_by: string;
  incoming: boolean;
  chunks: number;
  of_chunks: number;
  down_rate: number;
  up_rate: number;
  wanted: boolean;
  serves_us: boolean;
  served: boolean;
  requested: number;
}

export interface Daemon {
  pid: number;
  started: number;
  listening: string;
  state: string;
  shares: number;
  dht: string;
  router: { state: string; message: string };
  downloads: string;
  read_only?: boolean;  // it belongs to a command, which only shows what it does
  settings: {
    dht: boolean; lan: boolean; port_map: boolean; must_hide: boolean; listen: string | null; bootstrap: string[];
    up_limit: number; down_limit: number; connections: number; connections_max: number; upload_slots: number;
  };
}

export interface Chunks { count: number; had: number[]; availability: number[] }
export interface LogLine { number: number; time: number; id?: number; message: string }
export interface Shared {
  number: number; path: string; link: string; bytes: number; files: number; shown: boolean; address: string | null;
}
export interface ShareFile {
  number: number; path: string; bytes: number; done: number | null; wanted: boolean | null; shown: boolean;
  address: string | null;
}
export interface Torrent { link: string; name: string; bytes: number; file_count: number }

export interface DhtFamily {
  family: string; id: string; nodes: number; good: number; seen_as: string | null; buckets: number[];
}
export interface DhtLookup {
  id: number; for: 'peers' | 'announce' | 'upkeep'; share: string | null; target: string;
  stage: 'waiting' | 'looking' | 'announcing' | 'done' | 'cancelled'; age: number; took: number | null; asked: number;
  answered: number; closest_prefix: number | null; peers: number; announced: number;
}
export interface Dht {
  families: DhtFamily[]; lookups: number; lookup_list: DhtLookup[]; stored_keys: number; stored_peers: number; queries_in: number;
  queries_answered: number; queries_out: number; answers_in: number; timeouts: number; bytes_in: number;
  bytes_out: number;
}

export class ApiError extends Error {
  constructor(readonly kind: string, message: string) {
    super(message);
  }
}

const TOKEN = 'stp-token';

/** Takes the token out of the address, so that it is in no history, bookmark or screenshot. */
export function takeToken(): void {
  const match = /^#token=([\w-]+)$/.exec(location.hash);
  if (!match) return;
  sessionStorage.setItem(TOKEN, match[1] ?? '');
  history.replaceState(null, '', location.pathname);
}

function headers(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const changes = method !== 'GET';
  const response = await fetch(`api/${path}`, {
    method,
    headers: changes ? { ...headers(), 'Content-Type': 'application/json' } : headers(),
    body: method === 'POST' ? JSON.stringify(body ?? {}) : null,
    cache: 'no-store',
  });
  const answer = await response.json() as T & { error?: { kind: string; message: string } };
  if (answer.error) throw new ApiError(answer.error.kind, answer.error.message);
  return answer;
}

export const api = {
  share: (id: number) => call<{ share: Share; peers: Peer[] }>('GET', `shares/${id}`),
  chunks: async (id: number, cells: number) =>
    (await call<{ chunks: Chunks }>('GET', `shares/${id}/chunks?cells=${cells}`)).chunks,
  shared: async (id: number, after: number) =>
    (await call<{ shared: Shared[] }>('GET', `shares/${id}/shared?after=${after}`)).shared,
  files: (id: number) => call<{ files: ShareFile[]; count: number | null }>('GET', `shares/${id}/files`),
  dht: async () => (await call<{ dht: Dht | null }>('GET', 'dht')).dht,
  log: async (after: number) => (await call<{ log: LogLine[] }>('GET', `log?after=${after}`)).log,
  add: async (order: unknown) => call<{ share: Share; held?: boolean }>('POST', 'shares', order),
  pause: (id: number) => call('POST', `shares/${id}/pause`),
  resume: (id: number) => call('POST', `shares/${id}/resume`),
  remove: (id: number, withData: boolean) => call('DELETE', `shares/${id}${withData ? '?data=1' : ''}`),
  limits: (up: number, down: number) => call('POST', 'daemon/limits', { up_limit: up, down_limit: down }),
  settings: (changes: { must_hide: boolean; port_map: boolean; connections: number; upload_slots: number }) =>
    call('POST', 'daemon/settings', changes),
  torrent: (data: Uint8Array) => call<Torrent>('POST', 'torrents', { data: base64url(data) }),
};

function base64url(data: Uint8Array): string {
  let text = '';
  for (const byte of data) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Server-sent events through fetch(), which can send the token. Ends with the stream; throws if it can't begin. */
export async function listen(onEvent: (name: string, data: unknown) => void, onOpen: () => void): Promise<void> {
  const response = await fetch('api/events', { headers: headers(), cache: 'no-store' });
  if (!response.ok || !response.body) {
    const answer = await response.json() as { error?: { kind: string; message: string } };
    throw new ApiError(answer.error?.kind ?? '', answer.error?.message ?? 'the daemon does not answer');
  }
  onOpen();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    pending += value;
    let end: number;
    let begin = 0;
    while ((end = pending.indexOf('\n\n', begin)) >= 0) {
      dispatch(pending.slice(begin, end), onEvent);
      begin = end + 2;
    }
    pending = pending.slice(begin);
  }
}

function dispatch(text: string, onEvent: (name: string, data: unknown) => void): void {
  let name = '';
  let data = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('event: ')) name = line.slice(7);
    else if (line.startsWith('data: ')) data += line.slice(6);
  }
  if (name !== '') onEvent(name, JSON.parse(data));
}
