// Starts the real command and a real browser, and reads from the page what a person would see.
import {spawn} from 'node:child_process';
import {createRequire} from 'node:module';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {barGeometry} from './clips.mjs';

const require = createRequire(path.join(process.env.AURIGA_VIEW_PACKAGES, 'package.json'));
const {chromium, firefox} = require('playwright-core');
export const inFirefox = process.env.AURIGA_BROWSER === 'firefox';
export const axeSource = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export function temporaryFolder() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'auriga-view-'));
}

// {address, port, stop(): promise, end: promise of the exit code}.
export async function startViewer(folder, more = []) {
  const child = spawn(
    process.env.AURIGA_COMMAND,
    ['view', folder, '--no-open', '--with-parent', ...more],
    {stdio: ['ignore', 'pipe', 'pipe']},
  );
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const end = new Promise((resolve) => child.on('exit', resolve));
  const address = await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`auriga view printed no address: ${said}`)),
      60000,
    );
    child.stdout.on('data', (text) => {
      said += text;
      const found = /http:\/\/\S+token=\S+/.exec(said);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[0]);
    });
    end.then((code) => reject(new Error(`auriga view ended with ${code}: ${said}`)));
  });
  return {
    address,
    port: Number(new URL(address).port),
    end,
    stop() {
      child.kill('SIGINT');
      return end;
    },
  };
}

// Where Firefox puts what is downloaded.
let downloads = null;
process.on('exit', () => {
  if (downloads) fs.rmSync(downloads, {recursive: true, force: true});
});

// Firefox as Debian has it is driven by WebDriver BiDi, which cannot set the colour scheme of a page:
// so `colorScheme` is that of the browser.
export function launchBrowser({colorScheme = 'light'} = {}) {
  if (inFirefox)
    return firefox.launch({
      channel: 'moz-firefox',
      executablePath: process.env.AURIGA_FIREFOX || '/usr/bin/firefox-esr',
      downloadsPath: (downloads ??= temporaryFolder()),
      firefoxUserPrefs: {
        'network.dns.disabled': true,
        'media.autoplay.default': 0,
        'layout.css.prefers-color-scheme.content-override': colorScheme === 'dark' ? 0 : 1,
      },
    });
  return chromium.launch({
    executablePath: process.env.AURIGA_CHROMIUM || '/usr/bin/chromium',
    // No name is resolved, so that whatever asks for another host fails and is seen.
    args: [
      '--no-sandbox',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
}

// A page of the viewer that remembers what must not happen: errors on the console, requests
// elsewhere.
export async function openPage(
  browser,
  viewer,
  {hash = '#/', width = 1280, height = 860, colorScheme = 'light'} = {},
) {
  // The browser itself, or one with the other colours that lives as long as the page.
  const own = inFirefox && colorScheme !== 'light' ? await launchBrowser({colorScheme}) : null;
  const context = await (own ?? browser).newContext({
    viewport: {width, height},
    colorScheme,
    acceptDownloads: true,
  });
  if (own) context.on('close', () => own.close());
  const page = await context.newPage();
  page.trouble = [];
  page.on('console', (message) => {
    if (
      message.type() === 'error' ||
      (message.type() === 'warning' && !message.text().includes('willReadFrequently'))
    )
      page.trouble.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.trouble.push(`error: ${error.stack}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (['data:', 'blob:'].includes(url.protocol)) return;
    if (url.hostname !== '127.0.0.1' || Number(url.port) !== viewer.port)
      page.trouble.push(`request to ${request.url()}`);
  });
  await page.goto(viewer.address);
  if (hash !== '#/')
    await page.evaluate((h) => {
      location.hash = h;
    }, hash);
  return page;
}

// [name, bytes] of what `click` downloads.
export async function downloaded(page, click) {
  if (!inFirefox) {
    const [download] = await Promise.all([page.waitForEvent('download'), click()]);
    return [download.suggestedFilename(), fs.readFileSync(await download.path())];
  }
  // Playwright passes over downloads without a navigation, as those of a blob are in Firefox. A file
  // is whole when the one with .part, into which it is written, is gone.
  for (const name of fs.readdirSync(downloads)) fs.rmSync(path.join(downloads, name));
  await click();
  for (const begun = Date.now(); Date.now() - begun < 30000; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [name, ...others] = fs.readdirSync(downloads);
    if (!name || others.length > 0 || name.endsWith('.part')) continue;
    const bytes = fs.readFileSync(path.join(downloads, name));
    if (bytes.length > 0) return [name, bytes];
  }
  throw new Error(`no download: ${fs.readdirSync(downloads).join(', ') || 'nothing came'}`);
}

// Puts `auriga` into the page: functions that read what is drawn.
export async function readable(page) {
  await page.evaluate((bar) => {
    const copy = document.createElement('canvas');
    // Rows `top` to `top + height` of a canvas.
    const pixels = (canvas, top, height) => {
      if (copy.width !== canvas.width) copy.width = canvas.width;
      if (copy.height !== height) copy.height = height;
      const context = copy.getContext('2d', {willReadFrequently: true});
      context.clearRect(0, 0, copy.width, height);
      context.drawImage(canvas, 0, top, canvas.width, height, 0, 0, canvas.width, height);
      return context.getImageData(0, 0, copy.width, height);
    };
    const q = (selector) => document.querySelector(selector);
    const view = () => q('.stage').dataset.view.split(' ').map(Number);
    window.auriga = {
      // The number that the bars of the picture show.
      pictureNumber() {
        const [scale, x, y] = view();
        const image = pixels(q('.picture'), Math.round((bar.top + bar.height / 2) * scale + y), 1);
        let number = 0;
        for (let b = 0; b < bar.bits; ++b) {
          const px = Math.round((bar.left + (b + 0.5) * bar.width) * scale + x);
          if (image.data[4 * px] > 128) number += 2 ** b;
        }
        return number;
      },
      // x of what the overlay shows, in pixels of the picture; null for an empty one.
      overlayX() {
        const [scale, x, y] = view();
        const image = pixels(
          q('.overlay'),
          Math.round(bar.points[0] * scale + y),
          Math.round((bar.points[1] - bar.points[0]) * scale),
        );
        let sum = 0;
        let n = 0;
        for (let i = 3; i < image.data.length; i += 4) {
          if (image.data[i] < 200) continue;
          sum += ((i - 3) / 4) % image.width;
          ++n;
        }
        return n === 0 ? null : (sum / n + 0.5 - x) / scale;
      },
      // All that says which frame is shown.
      state() {
        return {
          picture: this.pictureNumber(),
          overlay: this.overlayX(),
          pictureFrame: Number(q('.picture').dataset.frame),
          overlayFrame: Number(q('.overlay').dataset.frame),
          cursor: Number(q('.cursor').getAttribute('aria-valuenow')),
          values: Number(q('.timeline').dataset.values),
          unit: q('[data-row="AU12"] .value')?.textContent ?? '',
          field: Number(q('.frame-number').value),
        };
      },
      async settled(frame, limit = 15000) {
        const begun = performance.now();
        while (performance.now() - begun < limit) {
          const at = q('.picture')?.dataset.frame;
          if (
            at &&
            Number(q('.timeline').dataset.values) === Number(q('.timeline').dataset.frame) &&
            at === q('.timeline').dataset.frame &&
            (frame === null || Number(at) === frame)
          )
            return true;
          await new Promise((resolve) => setTimeout(resolve, 4));
        }
        return false;
      },
      async jump(frame) {
        const field = q('.frame-number');
        field.value = String(frame);
        field.dispatchEvent(new Event('change'));
        await this.settled(frame);
        return this.state();
      },
    };
  }, barGeometry);
}
