// Two figures, mostly rates, over the last minutes, sampled once a second since the page was opened. Bounded: a ring per share that moves
// anything, and no more rings than RINGS_MAX.

export const SECONDS = 600;
const RINGS_MAX = 64;

export class Ring {
  private readonly down = new Float32Array(SECONDS);
  private readonly up = new Float32Array(SECONDS);
  private next = 0;
  length = 0;
  touched = 0;

  add(down: number, up: number): void {
    this.down[this.next] = down;
    this.up[this.next] = up;
    this.next = (this.next + 1) % SECONDS;
    this.length = Math.min(this.length + 1, SECONDS);
  }

  /** Seconds before now (ascending, up to 0), and the two figures. */
  series(): [number[], number[], number[]] {
    const at: number[] = [];
    const down: number[] = [];
    const up: number[] = [];
    for (let back = this.length; back > 0; --back) {
      const index = (this.next - back + SECONDS) % SECONDS;
      at.push(1 - back);
      down.push(this.down[index] ?? 0);
      up.push(this.up[index] ?? 0);
    }
    return [at, down, up];
  }
}

export class History {
  readonly total = new Ring();
  private readonly rings = new Map<number, Ring>();
  private ticks = 0;

  of(id: number): Ring {
    let ring = this.rings.get(id);
    if (!ring) {
      if (this.rings.size >= RINGS_MAX) this.forgetOldest();
      ring = new Ring();
      this.rings.set(id, ring);
    }
    ring.touched = this.ticks;
    return ring;
  }

  /** Once a second. */
  sample(shares: Iterable<{ id: number; down_rate: number; up_rate: number }>): void {
    ++this.ticks;
    let down = 0;
    let up = 0;
    for (const share of shares) {
      down += share.down_rate;
      up += share.up_rate;
      const moves = share.down_rate > 0 || share.up_rate > 0;
      const ring = moves ? this.of(share.id) : this.rings.get(share.id);
      ring?.add(share.down_rate, share.up_rate);
    }
    this.total.add(down, up);
  }

  forget(id: number): void {
    this.rings.delete(id);
  }

  private forgetOldest(): void {
    let oldest: number | undefined;
    let touched = Infinity;
    for (const [id, ring] of this.rings) {
      if (ring.touched < touched) [oldest, touched] = [id, ring.touched];
    }
    if (oldest !== undefined) this.rings.delete(oldest);
  }
}
