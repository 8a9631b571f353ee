// A digest of everything that web/dist is built from: tests/lint compares it without node (web_page.py says how).
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';

const inputs = (here, below) =>
  readdirSync(`${here}${below}`, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? inputs(here, `${below}${entry.name}/`) : [`${below}${entry.name}`]);

export function sourcesDigest(here) {
  const digest = createHash('sha256');
  for (const name of ['package-lock.json', ...inputs(here, 'src/')].sort()) {
    digest.update(`${name} ${createHash('sha256').update(readFileSync(here + name)).digest('hex')}\n`);
  }
  return digest.digest('hex');
}
