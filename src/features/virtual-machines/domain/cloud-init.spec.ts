import { parse } from 'yaml';
import { networkDataProblem, userDataProblem, userDataWithKeys } from './cloud-init.js';

const KEYS = ['ssh-ed25519 AAAA one', 'ssh-ed25519 BBBB two'];
const configOf = (text: string | null) => {
  expect(text?.split('\n')[0]).toBe('#cloud-config');
  return parse(text ?? '');
};

/** Takes a MIME multipart apart, as cloud-init does: type and text of every part that is no multipart itself. */
function partsOf(text: string): { type: string; body: string }[] {
  const boundary = /boundary="([^"]+)"/.exec(text)?.[1];
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head = '', ...rest] = part.trim().split('\n\n');
      const encoded = /base64/.test(head);
      const body = rest.join('\n\n');
      return {
        type: /Content-Type: ([^;\n]+)/.exec(head)?.[1] ?? '',
        body: encoded ? Buffer.from(body, 'base64').toString() : body,
      };
    });
}

it.each([
  ['version: 2\nethernets: {}', null],
  ['network:\n  version: 1\n  config: []', null],
  ['- a list', /mapping/],
  ['ethernets: {}', /version/],
  ['{', /valid YAML/],
  [`version: 2\n# ${'x'.repeat(33_000)}`, /32 KiB/],
])('takes %j for network data, or says why not', (text, problem) => {
  if (problem === null) expect(networkDataProblem(text)).toBeNull();
  else expect(networkDataProblem(text)).toMatch(problem);
});

describe('userDataWithKeys', () => {
  it('leaves user data alone where there are no keys', () => {
    expect(userDataWithKeys('#!/bin/sh\n', [])).toBe('#!/bin/sh\n');
    expect(userDataWithKeys(null, [])).toBeNull();
  });

  it('is a cloud-config where there is nothing but keys', () => {
    expect(configOf(userDataWithKeys(null, KEYS))).toEqual({ ssh_authorized_keys: KEYS });
    expect(configOf(userDataWithKeys('  \n', KEYS))).toEqual({ ssh_authorized_keys: KEYS });
  });

  it('adds keys to those of a cloud-config, once, and keeps the rest and its comments', () => {
    const text = '#cloud-config\n# mine\nssh_authorized_keys:\n  - ssh-ed25519 AAAA one\npackages: [jq]\n';
    const merged = userDataWithKeys(text, KEYS);
    expect(configOf(merged)).toEqual({ ssh_authorized_keys: KEYS, packages: ['jq'] });
    expect(merged).toContain('# mine');
    expect(configOf(userDataWithKeys('#cloud-config\n', KEYS))).toEqual({ ssh_authorized_keys: KEYS });
  });

  it.each([
    ['#!/bin/sh\necho "--virtgate-cloud-init-part--"\n', 'text/x-shellscript'],
    ['#include\nhttps://example.org/x\n', 'text/x-include-url'],
    ['## template: jinja\n#cloud-config\n{}\n', 'text/jinja2'],
    ['#cloud-config-archive\n- type: text/plain\n', 'text/cloud-config-archive'],
    ['#cloud-boothook\ntrue\n', 'text/cloud-boothook'],
  ])('carries %j beside a cloud-config with the keys', (userData, type) => {
    const [keys, own, ...more] = partsOf(userDataWithKeys(userData, KEYS) ?? '');
    expect(parse(keys?.body ?? '')).toMatchObject({ ssh_authorized_keys: KEYS });
    expect([keys?.type, own, more]).toEqual(['text/cloud-config', { type, body: userData }, []]);
  });

  it('nests what is MIME already', () => {
    const mime =
      'Content-Type: multipart/mixed; boundary="x"\nMIME-Version: 1.0\n\n--x\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n--x--\n';
    expect(userDataWithKeys(mime, KEYS)).toContain(mime.trim());
  });
});

it.each([
  ['#cloud-config\n- a\n', /mapping/],
  ['#cloud-config\na: [\n', /YAML/],
  ['#cloud-config\nssh_authorized_keys: x\n', /list/],
  ['a\0b', /text/],
  ['x'.repeat(32 * 1024 + 1), /32 KiB/],
])('refuses %.30j', (userData, problem) => {
  expect(userDataProblem(userData)).toMatch(problem);
});

it.each(['#cloud-config\n', '#cloud-config\n{}\n', '#!/bin/sh', 'x'.repeat(32 * 1024)])(
  'takes %.30j',
  (userData) => {
    expect(userDataProblem(userData)).toBeNull();
  },
);
