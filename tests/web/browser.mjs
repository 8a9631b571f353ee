// Pages in Debian's chromium, and what every one of them has to be.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import puppeteer from 'puppeteer-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Long enough for a machine that is busy with something else. */
const PATIENCE_MS = 240_000;
export const WIDTHS = [360, 800, 1600];

export async function launch() {
  return puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    timeout: PATIENCE_MS,
    protocolTimeout: PATIENCE_MS,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--enable-precise-memory-info'],
  });
}

/** A page whose errors, and requests to anywhere else, fail the test that asks for `page.faults`. */
export async function open(browser, url, { width = 1600, height = 900, scheme = 'light' } = {}) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (line) => {
    if (line.type() === 'error' && !line.text().includes('favicon')) page.faults.push(line.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url.split('#')[0])) page.faults.push(`asks for ${request.url()}`);
  });
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(url);
  await page.waitForSelector('body[data-link=live]');
  return page;
}

export async function go(page, hash, selector) {
  await page.evaluate((to) => { location.hash = to; }, hash);
  await page.waitForSelector(selector, { visible: true });
}

/** Clicks once the element is shown, enabled and no longer moved by what arrives above it. */
export function press(page, selector) {
  return page.locator(selector).click();
}

/** Waits until the text of `selector` has `text` in it. */
export function shows(page, selector, text) {
  return page.waitForFunction((at, wanted) =>
    [...document.querySelectorAll(at)].some((element) => element.textContent.includes(wanted)), {}, selector, text);
}

/** No element is wider than the page, and no text of a table than its cell. */
export async function checkWidth(page, what) {
  const [inner, content] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
  assert.ok(content <= inner, `${what} scrolls sideways: ${content} > ${inner}`);
  const cut = await page.evaluate(() => [...document.querySelectorAll('main *')].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.right > innerWidth + 1 && !element.closest('.hidden');
  }).map((element) => `${element.tagName} ${element.className}`));
  assert.deepEqual(cut, [], `${what}: past the edge`);
  const spilled = await page.evaluate(() => [...document.querySelectorAll('main td, main th')].filter((cell) => {
    const text = document.createRange();
    text.selectNodeContents(cell);
    return cell.checkVisibility() && text.getBoundingClientRect().right > cell.getBoundingClientRect().right + 1;
  }).map((cell) => cell.textContent));
  assert.deepEqual(spilled, [], `${what}: wider than its cell`);
}

export async function checkAccessible(page, what) {
  await page.evaluate(axe);  // by the debugger: the page's own policy would not load it
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  assert.deepEqual(violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(' ')}`), [], what);
}
