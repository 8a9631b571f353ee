// Figures as people read them.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function bytes(count: number): string {
  let unit = 0;
  let value = count;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    ++unit;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

export function rate(perSecond: number): string {
  return `${bytes(perSecond)}/s`;
}

export function percent(part: number): string {
  if (part >= 1) return '100 %';
  return `${(Math.floor(part * 1000) / 10).toFixed(1)} %`;  // 99.9, not 100, while anything is missing
}

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds > 86400 * 99) return 'for ever';
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

export const clock = (seconds: number): string => CLOCK.format(seconds * 1000);
export const date = (seconds: number): string => DATE.format(seconds * 1000);

/** "2MB/s", "500 kB", "8 Mbit/s", "unlimited" as bytes per second, 0: no limit; null: none of these. */
export function parseRate(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === '' || trimmed === 'unlimited') return 0;
  const match = /^([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(i?)(b|bit)?(?:\/s)?$/.exec(trimmed);
  if (!match) return null;
  const base = match[3] ? 1024 : 1000;
  const scale = base ** ('kmgt'.indexOf(match[2] ?? '') + 1);
  const value = Number(match[1]) * (match[2] ? scale : 1) / (match[4] === 'bit' ? 8 : 1);
  return value >= 1 ? Math.round(value) : null;
}
