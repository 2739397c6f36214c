import { Writable } from 'node:stream';
import { runInContext } from '../context/request-context.js';
import { JsonLogger } from './json-logger.js';
import { redact } from './redaction.js';

describe('JsonLogger', () => {
  function logging(level: 'debug' | 'info' = 'info') {
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const logger = new JsonLogger({ level, destination, base: { role: 'gateway' } });
    return { logger, last: () => JSON.parse(lines.at(-1) as string), lines };
  }

  it('writes one JSON object a line, with the request that is behind it', () => {
    const { logger, last } = logging();
    const context = { requestId: 'r-1', sourceAddress: null, idempotencyId: null, dryRun: false };
    runInContext(context, () => logger.log('hello', 'Nest'));
    expect(last()).toMatchObject({
      level: 'info',
      role: 'gateway',
      requestId: 'r-1',
      msg: 'hello',
      context: 'Nest',
    });
    expect(new Date(last().time).getTime()).toBeGreaterThan(0);
    logger.warn({ msg: 'facts', status: 503 });
    expect(last()).toMatchObject({ level: 'warn', msg: 'facts', status: 503 });
    expect(last().requestId).toBeUndefined();
  });

  it('writes errors with their stack and cause', () => {
    const { logger, last } = logging();
    logger.error(new Error('outer', { cause: new Error('inner') }), 'Room');
    expect(last()).toMatchObject({
      msg: 'outer',
      context: 'Room',
      err: { message: 'outer', cause: { message: 'inner' } },
    });
    expect(last().err.stack).toContain('json-logger.spec');
    logger.error('failed', 'the stack', 'Room');
    expect(last()).toMatchObject({ msg: 'failed', stack: 'the stack', context: 'Room' });
  });

  it('is silent below its level', () => {
    const { logger, lines } = logging('info');
    logger.debug('quiet');
    expect(lines).toEqual([]);
  });

  it('lets no token out, wherever it stands', () => {
    const { logger, lines } = logging();
    const secret = 'vgt_c4n4ry-S3cret_x';
    logger.log(`seen ${secret}`);
    logger.warn({
      msg: 'x',
      headers: { authorization: `Bearer ${secret}` },
      userData: '#cloud-config canary',
    });
    logger.error(new Error(`token ${secret} of Bearer canary.jwt.part`), 'Room');
    logger.log({ deep: [{ list: [`url?token=${secret}`] }] });
    expect(lines).toHaveLength(4);
    expect(lines.join()).not.toMatch(/c4n4ry|canary/);
  });
});

describe('redact', () => {
  it('masks by name and keeps the rest', () => {
    expect(
      redact({ name: 'web-1', token: 'x', 'user-data': 'y', nested: { password: 'z', size: 1 } }),
    ).toEqual({
      name: 'web-1',
      token: '[redacted]',
      'user-data': '[redacted]',
      nested: { password: '[redacted]', size: 1 },
    });
  });

  it('ends in what refers to itself', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(JSON.stringify(redact(loop))).toContain('[deep]');
  });
});
