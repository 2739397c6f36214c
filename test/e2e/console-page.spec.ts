import { Browser } from '../support/browser.js';
import { describeWith } from '../support/machines.js';
import { Virtgate } from '../support/virtgate.js';

describeWith(['chromium'], 'pages in a browser', () => {
  let virtgate: Virtgate;
  let browser: Browser;
  const foreign: string[] = [];

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    const { body } = await virtgate.rest('POST', '/projects/demo/vms', {
      name: 'seen',
      cpus: 1,
      memory: '128Mi',
      bootDisk: { blank: true, size: '64Mi' },
    });
    expect((await virtgate.settled(body)).state).toBe('SUCCEEDED');
    browser = await Browser.start();
    browser.context.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (/^(https?|wss?):$/.test(protocol) && host !== new URL(virtgate.url).host)
        foreign.push(request.url());
    });
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await virtgate?.stop();
  }, 60_000);

  it('the console page connects, shows what the guest prints and sends what is typed', async () => {
    const { body } = await virtgate.rest('POST', '/projects/demo/vms/seen/console-sessions', {
      type: 'serial',
    });
    const page = await browser.context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(body.pageUrl);
    await page.locator('#state[data-state=connected]').waitFor({ timeout: 60_000 });
    await page.keyboard.type('echo typed-in-a-browser\n');
    await page.locator('.xterm-rows', { hasText: 'typed-in-a-browser' }).waitFor({ timeout: 60_000 });
    expect(errors).toEqual([]);
    await page.reload();
    await page.locator('#state[data-state=closed]').waitFor({ timeout: 60_000 });
    await page.close();
  }, 240_000);

  it('what a guest prints steers neither the page nor the browser', async () => {
    const { body } = await virtgate.rest('POST', '/projects/demo/vms/seen/console-sessions', {
      type: 'serial',
    });
    const page = await browser.context.newPage();
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(body.pageUrl);
    await page.locator('#state[data-state=connected]').waitFor({ timeout: 60_000 });
    const title = await page.title();
    // A title, the clipboard, a link, and markup: the guest gives back whatever is typed.
    const text = [
      '\u001b]0;owned\u0007',
      '\u001b]52;c;b3duZWQ=\u0007',
      '\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007',
      '<img src=x onerror=alert(2)><script>alert(3)</script>',
      'end-of-lies',
    ].join('');
    // As bytes, past what a terminal does with keys.
    await page.evaluate(`socket.send(new TextEncoder().encode(${JSON.stringify(text)}))`);
    await page.locator('.xterm-rows', { hasText: 'end-of-lies' }).waitFor({ timeout: 60_000 });
    const shown = await page.locator('.xterm-rows').textContent();
    expect(shown).toContain('<script>alert(3)</script>');
    expect(shown).not.toContain('owned');
    expect(await page.locator('#terminal script, #terminal img').count()).toBe(0);
    expect([await page.title(), page.url(), asked]).toEqual([title, body.pageUrl, []]);
    await page.close();
  }, 120_000);

  it.each([
    ['/', 'text=virtgate'],
    // Swagger UI makes only what is in view, so which paths those are depends on the order of the rooms.
    ['/docs', '[data-path^="/api/v1/"]'],
    ['/graphiql', 'text=Variables'],
  ])(
    '%s is served whole by virtgate itself',
    async (path, shown) => {
      const page = await browser.context.newPage();
      await page.goto(virtgate.url + path);
      await page.locator(shown).first().waitFor({ timeout: 90_000 });
      await page.close();
      expect(foreign).toEqual([]);
    },
    120_000,
  );
});
