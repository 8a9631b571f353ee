// What this page knows of the daemon: kept up to date by its events, shown at most twice a second, and not at all while
// nobody looks.
import { ApiError, type Daemon, type Share, listen } from './api';
import { History } from './history';

const SHOW_EVERY_MS = 500;
const RETRY_MS = [500, 1000, 2000, 5000];

export type Link = 'connecting' | 'live' | 'lost' | 'locked';

export class Store {
  readonly shares = new Map<number, Share>();
  readonly history = new History();
  daemon: Daemon | null = null;
  version = '';
  link: Link = 'connecting';
  trouble = '';
  /** Counts shares that came, went or changed their name or state: what is listed, and in what order. */
  generation = 0;
  /** Whether a notice came since the page asked for the log. */
  noticed = false;
  private readonly watchers = new Set<() => void>();
  private seen: Set<number> | null = null;  // until `ready`
  private timer: number | undefined;
  private shownAt = 0;

  /** Calls `show` when something has changed; the result stops that. */
  watch(show: () => void): () => void {
    this.watchers.add(show);
    return () => this.watchers.delete(show);
  }

  async run(): Promise<never> {
    setInterval(() => {
      this.history.sample(this.shares.values());
      this.changed();
    }, 1000);
    document.addEventListener('visibilitychange', () => this.changed());
    for (let failures = 0; ; ++failures) {
      try {
        await listen((name, data) => this.take(name, data), () => { failures = 0; });
        this.trouble = 'stp has ended the connection.';
        this.link = 'lost';
      } catch (error) {
        const locked = error instanceof ApiError && error.kind === 'no_token';
        this.link = locked ? 'locked' : 'lost';
        this.trouble = error instanceof ApiError ? error.message : 'stp does not answer.';
      }
      this.seen = null;
      this.changed();
      await new Promise((resume) => setTimeout(resume, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]));
    }
  }

  /** One event. */
  take(name: string, data: unknown): void {
    if (name === 'daemon') {
      const event = data as { daemon: Daemon; version: string };
      if (this.link !== 'live') this.seen = new Set();
      this.link = 'live';
      this.daemon = event.daemon;
      this.version = event.version;
    } else if (name === 'share') {
      const share = data as Share;
      const before = this.shares.get(share.id);
      if (!before || before.state !== share.state || before.name !== share.name) ++this.generation;
      this.shares.set(share.id, share);
      this.seen?.add(share.id);
    } else if (name === 'removed') {
      this.drop((data as { id: number }).id);
    } else if (name === 'ready') {
      for (const id of [...this.shares.keys()]) if (this.seen && !this.seen.has(id)) this.drop(id);
      this.seen = null;
    } else if (name === 'notice') {
      this.noticed = true;
    }
    this.changed();
  }

  /** It belongs to a command, which only shows what it does. */
  readOnly(): boolean {
    return this.daemon?.read_only === true;
  }

  totals(): { down: number; up: number } {
    const totals = { down: 0, up: 0 };
    for (const share of this.shares.values()) {
      totals.down += share.down_rate;
      totals.up += share.up_rate;
    }
    return totals;
  }

  private drop(id: number): void {
    if (this.shares.delete(id)) ++this.generation;
    this.history.forget(id);
  }

  changed(): void {
    if (this.timer !== undefined || document.hidden) return;
    const wait = Math.max(0, this.shownAt + SHOW_EVERY_MS - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.shownAt = performance.now();
      for (const show of [...this.watchers]) show();
    }, wait);
  }
}
