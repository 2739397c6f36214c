import { createHmac, generateKeyPairSync } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { IdentityProvider } from '../../../test/support/identity-provider.js';
import { OidcIssuer } from './oidc-issuer.js';
import { type OidcIssuerOptions, readOidcIssuers } from './oidc-options.js';
import { OidcSignIn } from './oidc-sign-in.js';

const unauthenticated = { code: 'auth.unauthenticated' };
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Against a real provider (oidc-provider), over its own protocol. */
describe('tokens of an OpenID provider', () => {
  let provider: IdentityProvider;
  let signIn: OidcSignIn;

  const options = (more: object = {}) =>
    readOidcIssuers(
      JSON.stringify([{ alias: 'corp', issuer: provider.issuer, audience: provider.audience, ...more }]),
    );
  const issuer = (more: object = {}, cooldownMs = 0) =>
    new OidcIssuer(options(more)[0] as OidcIssuerOptions, cooldownMs);

  beforeEach(async () => {
    provider = await IdentityProvider.start();
    await provider.enrol('ada', { groups: ['vm-admins', 'Domain Users'] });
    signIn = new OidcSignIn(options());
  });

  afterEach(() => provider.close());

  it('say who somebody is, and in which groups', async () => {
    const identity = await signIn.identify(await provider.token('ada'));
    expect(identity).toMatchObject({ name: 'corp/ada', groups: ['corp/Domain Users', 'corp/vm-admins'] });
    const minutes = ((identity?.expiresAt.getTime() ?? 0) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(9);
    expect(minutes).toBeLessThan(11);
  });

  it('are nobody’s here where no such issuer is known, and nothing is asked for them', async () => {
    const other = await IdentityProvider.start();
    try {
      await other.enrol('ada', { groups: [] });
      expect(await signIn.identify(await other.token('ada'))).toBeNull();
      expect(await signIn.identify('vgt_x')).toBeNull();
      expect(await signIn.identify('a.b.c')).toBeNull();
      expect(await signIn.identify('')).toBeNull();
      expect([provider.keyReads, other.keyReads]).toEqual([0, 0]);
    } finally {
      await other.close();
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ['another audience', { aud: 'billing' }],
    ['no audience', { aud: undefined }],
    ['an audience that only begins like ours', { aud: 'virtgate2' }],
    ['an expiry in the past', { exp: Math.floor(Date.now() / 1000) - 60 }],
    ['no expiry', { exp: undefined }],
    ['an expiry that is no number', { exp: 'tomorrow' }],
    ['a beginning in the future', { nbf: Math.floor(Date.now() / 1000) + 120 }],
    ['no subject', { sub: undefined }],
    ['a subject that is no text', { sub: { toString: 'ada' } }],
    ['a subject of control characters', { sub: 'ada\u0000' }],
    ['an empty subject', { sub: '' }],
    ['a subject that turns the text around', { sub: 'a\u202eda' }],
    ['a bound key', { cnf: { jkt: 'x' } }],
    ['a logout', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
  ])('are refused with %s', async (_what, claims) => {
    await expect(signIn.identify(provider.forge(claims))).rejects.toMatchObject(unauthenticated);
  });

  it('may be off by the clocks’ difference and no more', async () => {
    const ago = (seconds: number) => ({ exp: Math.floor(Date.now() / 1000) - seconds });
    const tolerant = issuer({ clockSkewSeconds: 60 });
    expect((await tolerant.verify(provider.forge(ago(20)))).expiresAt.getTime()).toBeGreaterThan(Date.now());
    await expect(tolerant.verify(provider.forge(ago(90)))).rejects.toMatchObject(unauthenticated);
    await expect(issuer({ clockSkewSeconds: 0 }).verify(provider.forge(ago(20)))).rejects.toMatchObject(
      unauthenticated,
    );
  });

  it('are refused with any signature but that of a known key and a pinned algorithm', async () => {
    const good = await provider.token('ada');
    const [header = '', payload = '', signature = ''] = good.split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const own = await exportJWK(privateKey);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const keys = (await (await fetch(`${provider.issuer}/jwks`)).json()) as { keys: { n: string }[] };
    const hmac = (head: object, secret: string) => {
      const signed = `${base64(head)}.${payload}`;
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    };
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
      type: 'spki',
      format: 'pem',
    });
    const tokens = {
      'none at all': `${header}.${payload}.`,
      'alg none': `${base64({ alg: 'none' })}.${payload}.`,
      'alg None with a signature': `${base64({ alg: 'None', kid })}.${payload}.${signature}`,
      'HMAC with the public modulus': hmac({ alg: 'HS256', kid }, keys.keys[0]?.n ?? ''),
      'HMAC with a public key': hmac({ alg: 'HS256', kid }, String(pem)),
      'another key under the known id': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid })
        .sign(privateKey),
      'a key that the token brings': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', jwk: { kty: 'RSA', n: own.n, e: own.e } })
        .sign(privateKey),
      'a key at an address that the token names': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid: 'x', jku: 'https://evil.example/jwks' })
        .sign(privateKey),
      'other claims': `${header}.${base64({ ...claims, sub: 'root' })}.${signature}`,
      'an unknown critical header': await provider.forge({}, { crit: ['urn:x'], 'urn:x': 1 }),
    };
    for (const [what, token] of Object.entries(tokens)) {
      const answer = await signIn.identify(token).then(
        (identity) => identity,
        (error) => error.code,
      );
      expect([what, answer === null ? 'auth.unauthenticated' : answer]).toEqual([
        what,
        'auth.unauthenticated',
      ]);
    }
    expect((await signIn.identify(good))?.name).toBe('corp/ada');
  });

  it('of an algorithm that the provider has but the setting does not are refused', async () => {
    await expect(issuer({ algorithms: ['ES256'] }).verify(await provider.token('ada'))).rejects.toMatchObject(
      unauthenticated,
    );
  });

  it('name groups by any claim, and what is no group gives none', async () => {
    await provider.enrol('bob', {
      groups: [],
      claims: {
        realm_access: { roles: ['ops', 7, '', 'a\nb', 'x'.repeat(300)] },
        'https://x.y/groups': 'one',
      },
    });
    const token = await provider.token('bob');
    expect((await issuer({ groupsClaim: 'realm_access.roles' }).verify(token)).groups).toEqual(['corp/ops']);
    expect((await issuer({ groupsClaim: 'https://x.y/groups' }).verify(token)).groups).toEqual(['corp/one']);
    expect((await issuer({ groupsClaim: 'constructor.name' }).verify(token)).groups).toEqual([]);
  });

  it('are checked with keys that are read once, and again when the provider has new ones', async () => {
    const patient = issuer();
    for (let i = 0; i < 5; i += 1) await patient.verify(await provider.token('ada'));
    expect(provider.keyReads).toBe(1);
    const old = await provider.token('ada');
    await provider.rotate();
    expect((await patient.verify(await provider.token('ada'))).name).toBe('corp/ada');
    expect(provider.keyReads).toBe(2);
    await expect(patient.verify(old)).rejects.toMatchObject(unauthenticated);
  });

  it('with invented keys do not make us ask the provider again and again', async () => {
    const patient = issuer({}, 60_000);
    await patient.verify(await provider.token('ada'));
    for (let i = 0; i < 20; i += 1) {
      const token = provider.forge({}, { kid: `invented-${i}` });
      await expect(patient.verify(token)).rejects.toMatchObject(unauthenticated);
    }
    expect(provider.keyReads).toBe(1);
  });

  it('cannot be judged while the provider is away, which is no fault of theirs', async () => {
    const token = await provider.token('ada');
    provider.down = true;
    await expect(signIn.identify(token)).rejects.toMatchObject({ code: 'service.unavailable' });
    provider.down = false;
    expect((await signIn.identify(token))?.name).toBe('corp/ada');
    provider.down = true;
    expect((await signIn.identify(token))?.name).toBe('corp/ada');
  });
});

describe('the setting of OpenID providers', () => {
  const corp = { alias: 'corp', issuer: 'https://id.example.com', audience: 'virtgate' };

  it('has defaults', () => {
    expect(readOidcIssuers(JSON.stringify([corp]))).toEqual([
      {
        alias: 'corp',
        issuer: 'https://id.example.com',
        audiences: ['virtgate'],
        algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
        usernameClaim: 'sub',
        groupsClaim: 'groups',
        clockSkewSeconds: 30,
      },
    ]);
  });

  it.each<[string, unknown]>([
    ['symmetric algorithms', [{ ...corp, algorithms: ['HS256'] }]],
    ['no algorithm', [{ ...corp, algorithms: ['none'] }]],
    ['plain http', [{ ...corp, issuer: 'http://id.example.com' }]],
    ['an address with a password', [{ ...corp, issuer: 'https://a:b@id.example.com' }]],
    ['no audience', [{ ...corp, audience: undefined }]],
    ['an empty audience', [{ ...corp, audience: [] }]],
    ['the alias of the cluster', [{ ...corp, alias: 'kubernetes' }]],
    ['an alias with a slash', [{ ...corp, alias: 'a/b' }]],
    ['an unknown field', [{ ...corp, clientSecret: 'x' }]],
    ['two of one alias', [corp, { ...corp, issuer: 'https://other.example.com' }]],
    ['two of one issuer', [corp, { ...corp, alias: 'other' }]],
    ['an hour of tolerance', [{ ...corp, clockSkewSeconds: 3600 }]],
    ['an object', corp],
  ])('refuses %s', (_what, value) => {
    expect(() => readOidcIssuers(JSON.stringify(value))).toThrow();
  });

  it('refuses what is no JSON', () => {
    expect(() => readOidcIssuers('corp')).toThrow('is no JSON');
  });
});
