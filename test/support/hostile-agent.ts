import type { Socket } from 'node:net';

/** What a guest may say in the agent's place to any question. JSON where it is a value, bytes as they are. */
export type Saying = { return: unknown } | { bytes: Buffer } | { endless: Buffer };

export const STEERING = '\u001b]0;owned\u0007\u001b[31m\u202e\u2066\u200fevil\u0000\r\n';
export const SCRIPT = '<script>alert(1)</script><img src=x onerror=alert(1)>';
export const HUGE = 'A'.repeat(300_000);
const text = STEERING + SCRIPT + HUGE;

/** Every command, with every field of the type that qemu-ga has, and every text a lie. */
export const LIES: Record<string, unknown> = {
  'guest-info': {
    version: text,
    supported_commands: Array.from({ length: 5000 }, (_, n) => ({ name: `guest-${n}`, enabled: true })),
  },
  'guest-get-osinfo': { id: text, name: STEERING + SCRIPT, 'pretty-name': text, version: SCRIPT },
  'guest-get-host-name': { 'host-name': `${STEERING}admin.internal.example` },
  'guest-get-timezone': { zone: text, offset: 1e308 },
  'guest-get-users': Array.from({ length: 3000 }, (_, n) => ({
    user: `${STEERING}root-${n}`,
    domain: SCRIPT,
    'login-time': -1e18,
  })),
  'guest-get-fsinfo': Array.from({ length: 3000 }, () => ({
    name: SCRIPT,
    mountpoint: STEERING,
    type: '../../etc',
    'used-bytes': -1,
    'total-bytes': '1',
  })),
  'guest-network-get-interfaces': [
    {
      name: SCRIPT,
      'ip-addresses': [
        '169.254.169.254',
        '127.0.0.1',
        'javascript:alert(1)',
        STEERING,
        '10.6.6.6; rm -rf /',
        '10.6.6.6',
      ].map((address) => ({ 'ip-address': address, 'ip-address-type': 'ipv4' })),
    },
  ],
};

const deep = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

/** One way each to answer whatever is asked. */
export const SAYINGS: Record<string, Saying> = {
  'a text of 50 MiB': { return: 'A'.repeat(50 << 20) },
  'fifty thousand lists in each other': {
    bytes: Buffer.from(`{"return": ${deep('[', ']', 50_000)}}\n`),
  },
  'fifty thousand objects in each other': {
    bytes: Buffer.from(`{"return": ${'{"os":'.repeat(50_000)}1${'}'.repeat(50_000)}}\n`),
  },
  'bytes that are no text': {
    bytes: Buffer.from([0x7b, 0xc3, 0x28, 0xf0, 0x28, 0x8c, 0x28, 0xff, 0x22, 0x0a]),
  },
  'half an emoji and what is no value': {
    return: { 'host-name': '\ud83d', version: [null], user: { a: 1 } },
  },
  'no object at all': { bytes: Buffer.from('null\n17\n"x"\n[]\n') },
  'no end, and no line': { endless: Buffer.alloc(64 << 10, 'A') },
  'no end of lines': { endless: Buffer.from('{"return": {}}\n'.repeat(4000)) },
};

/** Answers synchronisations as an agent does, so that what comes after them is taken for answers. */
export function synchronised(id: unknown): Buffer {
  return Buffer.concat([Buffer.from([0xff]), Buffer.from(`${JSON.stringify({ return: id })}\n`)]);
}

/** Says it, and goes on for as long as somebody listens where it is endless. Answers how to have it stop. */
export function say(to: Socket, saying: Saying): () => void {
  let stopped = false;
  if ('return' in saying) to.write(`${JSON.stringify(saying)}\n`);
  else if ('bytes' in saying) to.write(saying.bytes);
  else {
    const more = () => {
      while (!stopped && to.writable && to.write(saying.endless));
      if (!stopped && to.writable) to.once('drain', more);
    };
    more();
  }
  return () => {
    stopped = true;
  };
}
