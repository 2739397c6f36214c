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
    await page.locator('#state[data-state=connected]').waitFor({ timeout: 15_000 });
    await page.keyboard.type('echo typed-in-a-browser\n');
    await page.locator('.xterm-rows', { hasText: 'typed-in-a-browser' }).waitFor({ timeout: 15_000 });
    expect(errors).toEqual([]);
    await page.reload();
    await page.locator('#state[data-state=closed]').waitFor({ timeout: 15_000 });
    await page.close();
  }, 60_000);

  it.each([
    ['/', 'virtgate'],
    ['/docs', 'projects/{project}/vms'],
    ['/graphiql', 'Variables'],
  ])(
    '%s is served whole by virtgate itself',
    async (path, text) => {
      const page = await browser.context.newPage();
      await page.goto(virtgate.url + path);
      await page.getByText(text).first().waitFor({ timeout: 30_000 });
      await page.close();
      expect(foreign).toEqual([]);
    },
    60_000,
  );
});
