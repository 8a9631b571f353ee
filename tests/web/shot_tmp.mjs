import { launch, open, checkWidth, checkAccessible } from './browser.mjs';
const browser = await launch();
const url = process.argv[2];
for (const [name, hash, width, scheme] of [['list','#/shares/1',1600,'light'],['dark','#/shares/1',1600,'dark'],['net','#/network',1600,'light'],['p-list','#/shares',360,'light'],['p-share','#/shares/1',360,'dark'],['t-share','#/shares/1',800,'light'],['log','#/log',800,'dark'],['folder','#/shares/3',800,'light'],['add','add',800,'light']]) {
  const page = await open(browser, url, { width, height: width === 360 ? 740 : 1000, scheme });
  try {
    if (hash === 'add') await page.click('header .primary'); else await page.evaluate((to) => { location.hash = to; }, hash);
    await new Promise((r) => setTimeout(r, name === 'list' || name === 'dark' ? 9000 : 2500));
    await page.screenshot({ path: `/tmp/shot-${name}.png` });
    for (const check of [checkWidth, checkAccessible]) await check(page, name).catch((e) => console.log(name, e.message.slice(0, 1500)));
  } catch (e) { console.log(name, e.message); }
  if (page.faults.length) console.log(name, page.faults);
  await page.close();
}
await browser.close();
