import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { ensureGuestImage } from '../guest-image/build-guest-image.js';
import { Browser } from '../support/browser.js';
import { ConsoleEnd, refusedUpgrade } from '../support/console.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith } from '../support/machines.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const run = promisify(execFile);
const VM = '/projects/demo/vms/real';
const root = resolve(import.meta.dirname, '../..');
/** Kept for people to look at. */
const artifacts = join(root, 'artifacts', 'consoles');

/** How much of the screen is not dark. */
const litPixels = (page: Page): Promise<number> =>
  page.evaluate<number>(`(() => {
    const canvas = document.querySelector('#screen canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let lit = 0;
    for (let at = 0; at < data.length; at += 4) if (data[at] > 100) lit += 1;
    return lit;
  })()`);

describeWith(
  ['qemu-system-x86_64', 'qemu-img', 'chromium', 'ssh', 'ssh-keygen'],
  'consoles of a real guest',
  () => {
    let virtgate: Virtgate;
    let images: ImageServer;
    let browser: Browser;
    const scratch = mkdtempSync(join(tmpdir(), 'virtgate-ssh-'));
    const key = join(scratch, 'key');

    beforeAll(async () => {
      const image = await ensureGuestImage();
      if (!image.available) throw new Error(`no guest image: missing ${image.missing.join(', ')}`);
      mkdirSync(artifacts, { recursive: true });
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'somebody at a test', '-f', key]);
      images = await ImageServer.start(image.path);
      virtgate = await Virtgate.start({ env: { IMPORT_ALLOWED_HOSTS: images.host } });
      writeFileSync(join(scratch, 'token'), virtgate.token, { mode: 0o600 });
      const { body } = await virtgate.rest('POST', '/projects/demo/vms', {
        name: 'real',
        cpus: 1,
        memory: '192Mi',
        bootDisk: { url: `${images.origin}/image.img`, size: '1Gi' },
        sshKeys: [readFileSync(`${key}.pub`, 'utf8').trim()],
      });
      expect(await virtgate.settled(body)).toMatchObject({ state: 'SUCCEEDED' });
      browser = await Browser.start();
    }, 300_000);

    afterAll(async () => {
      await browser?.close();
      await virtgate?.stop();
      await images?.stop();
      rmSync(scratch, { recursive: true, force: true });
    }, 60_000);

    const ticket = async (body: Json): Promise<Json> => {
      const answer = await virtgate.rest('POST', `${VM}/console-sessions`, body);
      expect(answer.status).toBe(201);
      return answer.body;
    };
    const connected = async (pageUrl: string): Promise<Page> => {
      const page = await browser.context.newPage();
      await page.goto(pageUrl);
      await page.locator('#state[data-state=connected]').waitFor({ timeout: 60_000 });
      return page;
    };

    it('types into the shell of the guest and reads its answer from the terminal, once for each ticket', async () => {
      const { pageUrl, websocketUrl } = await ticket({ type: 'serial' });
      const page = await connected(pageUrl);
      const answer = page.locator('.xterm-rows', { hasText: 'the answer is 42' });
      await until(
        'the shell answers',
        async () => {
          await page.keyboard.type('echo the answer is $((6*7))\n');
          return answer.waitFor({ timeout: 10_000 }).then(
            () => true,
            () => false,
          );
        },
        120_000,
      );
      await page.screenshot({ path: join(artifacts, 'serial.png') });
      expect(await refusedUpgrade(websocketUrl)).toMatchObject({
        status: 404,
        body: { code: 'console.ticket_invalid' },
      });
      await page.reload();
      await page.locator('#state[data-state=closed]').waitFor({ timeout: 60_000 });
      await page.close();
      const { body } = await virtgate.rest('GET', `${VM}/serial-log?tail=5000`);
      expect(body.text).toContain('virtgate-guest ready real');
    }, 240_000);

    it('shows the screen, types on it, sees it change, and says who took it over', async () => {
      const page = await connected((await ticket({ type: 'vnc' })).pageUrl);
      const canvas = page.locator('#screen canvas');
      await canvas.click();
      await until('there is a picture', async () => (await litPixels(page)) > 0, 60_000);
      const before = await litPixels(page);
      await canvas.screenshot({ path: join(artifacts, 'screen-before.png') });
      await page.keyboard.type('ls /\n', { delay: 20 });
      // Letters, not only a cursor that blinks.
      await until('what was typed is on it', async () => (await litPixels(page)) > before + 500, 60_000);
      await canvas.screenshot({ path: join(artifacts, 'screen-after.png') });
      const other = await connected((await ticket({ type: 'vnc', takeOver: true })).pageUrl);
      await page
        .locator('#notice', { hasText: 'Somebody else took this console over.' })
        .waitFor({ timeout: 60_000 });
      await until('there is a picture', async () => (await litPixels(other)) > before, 60_000);
      await other.screenshot({ path: join(artifacts, 'screen-taken-over.png') });
      await Promise.all([page.close(), other.close()]);
      const picture = await until200(`${VM}/screenshot`);
      writeFileSync(join(artifacts, 'screenshot.png'), picture);
      expect(picture.subarray(1, 4).toString()).toBe('PNG');
    }, 240_000);

    it('is reached by ssh through a port-forward, with the key it was made with', async () => {
      const node = join(root, 'node_modules/.bin/node');
      const proxy = `${node} ${join(root, 'dist/main/virtgate.js')} port-forward --url ${virtgate.url} demo/real:%p`;
      // As it stands in the docs, for those who have no more of virtgate than its address.
      const [, script = ''] =
        /```js\n([\s\S]*?)\n```/.exec(readFileSync(join(root, 'docs/ssh.md'), 'utf8')) ?? [];
      writeFileSync(join(scratch, 'vm-port.mjs'), script);
      const scripted = `${node} ${join(scratch, 'vm-port.mjs')} demo real %p`;
      const ssh = (command: string, through = proxy) =>
        run(
          'ssh',
          [
            ...['-F', 'none', '-i', key, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'],
            ...['-o', `ProxyCommand=${through}`, '-o', 'StrictHostKeyChecking=no'],
            ...['-o', `UserKnownHostsFile=${join(scratch, 'known')}`, 'root@real', command],
          ],
          {
            env: {
              ...process.env,
              VIRTGATE_TOKEN_FILE: join(scratch, 'token'),
              ...(through === scripted ? { VIRTGATE_URL: virtgate.url, VIRTGATE_TOKEN: virtgate.token } : {}),
            },
            maxBuffer: 1 << 24,
            timeout: 60_000,
          },
        );
      let said = '';
      let failed = '';
      await until(
        'ssh gets in',
        async () => {
          try {
            said = (await ssh('hostname; head -c 3000000 /dev/zero | md5sum')).stdout;
            return true;
          } catch (error) {
            failed = String(error);
            return false;
          }
        },
        120_000,
        () => failed,
      );
      // Three million zeros.
      expect(said).toBe('real\nc9fc2d3dd83ab67a129ac10b09c9ebbb  -\n');
      const bulk = await ssh('head -c 3000000 /dev/zero | tr "\\0" x', scripted);
      expect(bulk.stdout).toBe('x'.repeat(3_000_000));
      const { websocketUrl } = await ticket({ type: 'port-forward', port: 99 });
      expect(await refusedUpgrade(websocketUrl)).toMatchObject({
        status: 409,
        body: { code: 'console.port_closed' },
      });
    }, 240_000);

    it('keeps its terminal while it moves, and closes its screen saying why', async () => {
      const terminal = await ConsoleEnd.open((await ticket({ type: 'serial' })).websocketUrl);
      const screen = await ConsoleEnd.open((await ticket({ type: 'vnc' })).websocketUrl);
      await screen.prints(/^RFB/);
      const { body } = await virtgate.rest('POST', `${VM}/migrate`, {});
      expect(await virtgate.settled(body, 240_000)).toMatchObject({ state: 'SUCCEEDED', error: null });
      await until('the screen is closed', () => screen.closed !== null);
      expect(screen.closed).toEqual({
        code: 4412,
        reason: 'The machine moved to another node. Connect again.',
      });
      terminal.type('echo the guest says $((20+3))\n');
      await terminal.prints(/the guest says 23/);
      terminal.close();
      const again = await ConsoleEnd.open((await ticket({ type: 'vnc' })).websocketUrl);
      await again.prints(/^RFB/);
      again.close();
    }, 400_000);

    /** Right after a screen was left, the cluster may still hold its place. */
    async function until200(path: string): Promise<Buffer> {
      let picture = Buffer.alloc(0);
      await until(`${path} answers`, async () => {
        const answer = await fetch(`${virtgate.url}/api/v1${path}`, {
          headers: { authorization: `Bearer ${virtgate.token}` },
        });
        picture = Buffer.from(await answer.arrayBuffer());
        return answer.status === 200;
      });
      return picture;
    }
  },
);
