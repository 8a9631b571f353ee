// Builds web/dist, which is committed and embedded into stp (src/web/embed.cmake), from web/src.
// `node build.mjs --check` builds into memory and fails if web/dist is something else.
import { build } from 'esbuild';
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { sourcesDigest } from './sources.mjs';

const here = new URL('.', import.meta.url).pathname;
const result = await build({
  absWorkingDir: here,
  entryPoints: { stp: 'src/main.ts', tracker: 'src/tracker/main.ts' },
  outdir: 'dist',
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  legalComments: 'inline',
  charset: 'utf8',
});
const files = new Map(result.outputFiles.map((file) => [file.path.split('/').pop(), Buffer.from(file.contents)]));
files.set('icon.svg', readFileSync(`${here}src/icon.svg`));
const page = readFileSync(`${here}src/page.html`, 'utf8');
// Both pages are made from one file, so that their heads stay alike.
for (const [file, words] of Object.entries(JSON.parse(readFileSync(`${here}src/pages.json`, 'utf8')))) {
  files.set(file, Buffer.from(page.replace(/\{\{(\w+)\}\}/g, (_, word) => words[word])));
}
files.set('SOURCES', Buffer.from(`${sourcesDigest(here)}\n`));

mkdirSync(`${here}dist`, { recursive: true });
let stale = 0;
for (const [name, bytes] of [...files].sort()) {
  const path = `${here}dist/${name}`;
  if (!process.argv.includes('--check')) {
    writeFileSync(path, bytes);
    console.log(`${name}: ${bytes.length} bytes`);
    continue;
  }
  let there = Buffer.alloc(0);
  try {
    there = readFileSync(path);
  } catch {
    // missing: stale
  }
  if (there.equals(bytes)) continue;
  console.error(`web/dist/${name} is not what web/src gives; run ./dev web`);
  stale = 1;
}
process.exit(stale);
