import { bearer, type Fixture, startFixture } from './fixture-app.js';

describe('CORS', () => {
  const portal = 'https://portal.example';
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await startFixture({ http: { allowedOrigins: [portal] } });
  });
  afterAll(() => fixture.close());

  const call = (path: string, init: RequestInit) => fetch(`${fixture.url}${path}`, init);
  const preflight = (origin: string) =>
    call('/api/v1/projects/blue/widgets', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });

  it('lets the configured origin in, and says nothing to another', async () => {
    const allowed = await preflight(portal);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(portal);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).not.toBe(
      'https://evil.example',
    );
    const answer = await call('/api/v1/me', { headers: { ...bearer('editor'), origin: portal } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(portal);
    expect(answer.headers.get('access-control-expose-headers')).toContain('etag');
  });

  it('does not make known paths of unknown ones', async () => {
    expect((await call('/api/v1/nothing', {})).status).toBe(404);
    const wrong = await call('/api/v1/me', { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});
