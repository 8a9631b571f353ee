// What a tracker tells everybody (docs/metrics.md, docs/tracker-api.md), at the port that this page came from.

export interface Stats {
  announces: number;
  scrapes: number;
  failures: number;
  catalogue: number;
  swarms: number;
  peers4: number;
  peers6: number;
  seeds: number;
  shares: number | null;  // null: the tracker keeps no catalogue
  started: number;
  version: string;
}

export interface ListedShare {
  name: string;
  bytes: number;
  files: number;
  seeds: number;
  leeches: number;
  age: number;
  info_hash: string;
  link: string;
}

export interface SharePage {
  shares: ListedShare[];
  total: number;
  page: number;
  pages: number;
}

/** A refusal of the tracker, as a sentence. */
export class Refused extends Error {}

async function get(path: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
  const response = await fetch(path, { cache: 'no-store', ...(signal ? { signal } : {}) });
  const answer = await response.json() as Record<string, unknown>;
  if (!response.ok) throw new Refused(String(answer['error'] ?? `The tracker answers ${response.status}.`));
  return answer;
}

interface Labelled {
  value: number;
  [label: string]: string | number;
}

export async function stats(): Promise<Stats> {
  const answer = await get('stats.json');
  const number = (name: string) => Number(answer[name] ?? 0);
  const labelled = (name: string, label: string, value: string) =>
    (answer[name] as Labelled[] | undefined)?.find((sample) => sample[label] === value)?.value ?? 0;
  const shares = answer['stp_tracker_catalogue_shares'];
  return {
    announces: number('stp_tracker_announces_total'),
    scrapes: number('stp_tracker_scrapes_total'),
    failures: number('stp_tracker_failures_total'),
    catalogue: number('stp_tracker_catalogue_requests_total'),
    swarms: number('stp_tracker_swarms'),
    peers4: labelled('stp_tracker_peers', 'family', 'ipv4'),
    peers6: labelled('stp_tracker_peers', 'family', 'ipv6'),
    seeds: number('stp_tracker_seeds'),
    shares: shares === undefined ? null : Number(shares),
    started: number('process_start_time_seconds'),
    version: String((answer['stp_build_info'] as Labelled[] | undefined)?.[0]?.['version'] ?? ''),
  };
}

export async function search(name: string, sort: string, page: number, signal: AbortSignal): Promise<SharePage> {
  const query = new URLSearchParams({ name, sort, page: String(page) });
  return await get(`api/shares?${query}`, signal) as unknown as SharePage;
}

/** null: it is not in the catalogue, or not any more. */
export async function share(infoHash: string): Promise<ListedShare | null> {
  try {
    return await get(`api/shares/${infoHash}`) as unknown as ListedShare;
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}
