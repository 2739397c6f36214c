import { ensureGuestImage } from '../guest-image/build-guest-image.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith, diskFiles } from '../support/machines.js';
import { type Answer, Virtgate } from '../support/virtgate.js';

describeWith(['qemu-system-x86_64', 'qemu-img'], 'bad input gets a clear error', () => {
  let virtgate: Virtgate;
  let images: ImageServer;

  beforeAll(async () => {
    const image = await ensureGuestImage();
    images = await ImageServer.start(image.available ? image.path : undefined);
    virtgate = await Virtgate.start({
      env: { IMPORT_ALLOWED_HOSTS: images.host, IMPORT_STALL_SECONDS: '3' },
    });
  }, 300_000);

  afterAll(async () => {
    await virtgate?.stop();
    await images?.stop();
  }, 60_000);

  const machine = { name: 'bad-1', cpus: 1, memory: '128Mi', bootDisk: { blank: true, size: '64Mi' } };
  const problem = (answer: Answer, status: number, code: string) => {
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
  };

  it.each([
    ['an unknown field', { ...machine, colour: 'red' }, '/colour'],
    ['a negative size', { ...machine, bootDisk: { blank: true, size: '-1Gi' } }, '/bootDisk/size'],
    ['a name of 300 characters', { ...machine, name: 'n'.repeat(300) }, '/name'],
    ['a name with capitals', { ...machine, name: 'Web' }, '/name'],
    ['no CPU', { ...machine, cpus: 0 }, '/cpus'],
    ['memory that is no quantity', { ...machine, memory: 'lots' }, '/memory'],
  ])('%s', async (_what, body, pointer) => {
    const answer = await virtgate.rest('POST', '/projects/demo/vms', body);
    problem(answer, 400, 'request.invalid');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  it('a body of 10 MB, broken JSON, a wrong media type, a wrong method, an unknown address', async () => {
    problem(
      await virtgate.rest('POST', '/projects/demo/vms', { ...machine, userData: 'x'.repeat(10_000_000) }),
      413,
      'request.too_large',
    );
    problem(await virtgate.rest('POST', '/projects/demo/vms', '{"name": '), 400, 'request.malformed');
    problem(
      await virtgate.rest('POST', '/projects/demo/vms', 'a=b', {
        'content-type': 'application/x-www-form-urlencoded',
      }),
      415,
      'request.unsupported_media_type',
    );
    const wrong = await virtgate.rest('PUT', '/projects/demo/vms/x');
    problem(wrong, 405, 'request.method_not_allowed');
    expect(wrong.headers.get('allow')?.split(/,\s*/).sort()).toEqual(
      expect.arrayContaining(['DELETE', 'GET', 'PATCH']),
    );
    problem(await virtgate.rest('GET', '/nothing/here'), 404, 'request.route_not_found');
  });

  it('no token, a wrong one, one in the address', async () => {
    problem(
      await virtgate.rest('GET', '/projects', undefined, { authorization: '' }),
      401,
      'auth.unauthenticated',
    );
    problem(
      await virtgate.rest('GET', '/projects', undefined, { authorization: 'Bearer vgt_wrong' }),
      401,
      'auth.unauthenticated',
    );
    problem(
      await virtgate.rest('GET', `/projects?access_token=${virtgate.token}`, undefined, {
        authorization: '',
      }),
      401,
      'auth.unauthenticated',
    );
  });

  it.each([
    ['too deep', `{ me { ${'principal { '.repeat(30)} id ${'} '.repeat(30)} } }`],
    [
      'too many aliases',
      `{ ${Array.from({ length: 500 }, (_, index) => `a${index}: me { principal { id } }`).join(' ')} }`,
    ],
    ['too long', `{ ${'me { principal { id } } '.repeat(5000)} }`],
    ['not GraphQL', '{ me { '],
  ])('a GraphQL query that is %s', async (_what, query) => {
    const answer = await virtgate.graphqlAnswer(query);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].extensions.code).toEqual(expect.any(String));
    expect(answer.body.errors[0].extensions.requestId).toBe(answer.headers.get('x-request-id'));
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.js:\d/);
  });

  it.each([
    ['ftp://example.org/a.img', 'import.url_invalid'],
    ['http://169.254.169.254/latest', 'import.url_forbidden'],
    ['http://127.0.0.1:1/a.img', 'import.url_forbidden'],
    ['http://[::ffff:10.0.0.1]/a.img', 'import.url_forbidden'],
    ['http://localhost/a.img', 'import.url_forbidden'],
  ])('the image URL %s', async (url, code) => {
    const answer = await virtgate.rest('POST', '/projects/demo/vms', {
      ...machine,
      bootDisk: { url, size: '64Mi' },
    });
    problem(answer, 422, code);
  });

  it.each([
    ['/missing.img', '64Mi', 'import.source_unavailable'],
    ['/page', '64Mi', 'import.not_an_image'],
    ['/to-metadata', '64Mi', 'import.url_forbidden'],
    ['/image.img', '1Mi', 'import.too_large'],
    ['/hangs', '64Mi', 'import.'],
  ])(
    'an image at %s for a disk of %s fails with %s and leaves nothing behind',
    async (path, size, code) => {
      const begun = await virtgate.rest('POST', '/projects/demo/vms', {
        ...machine,
        bootDisk: { url: images.origin + path, size },
      });
      expect(begun.status).toBe(202);
      const settled = await virtgate.settled(begun.body);
      expect(settled.state).toBe('FAILED');
      expect(settled.error.code.startsWith(code)).toBe(true);
      expect(settled.error.message.length).toBeGreaterThan(10);
      expect((await virtgate.rest('GET', '/projects/demo/vms')).body.items).toEqual([]);
      expect(diskFiles(virtgate.dataDirectory)).toEqual([]);
    },
    180_000,
  );
});
