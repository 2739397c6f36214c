import { type ServiceBody, specifyService } from './service.js';

it.each<[string, Partial<ServiceBody>, string]>([
  ['a name that is none of the DNS', { name: '1web' }, '/name'],
  ['no port', { ports: [] }, '/ports'],
  ['a port that is none', { ports: [{ port: 0 }] }, '/ports/0/port'],
  ['a target that is none', { ports: [{ port: 1, targetPort: 70_000 }] }, '/ports/0/targetPort'],
  ['a port twice', { ports: [{ port: 1 }, { port: 1, name: 'two' }] }, '/ports/1/port'],
  [
    'two names that are the same',
    {
      ports: [
        { port: 1, name: 'a' },
        { port: 2, name: 'a' },
      ],
    },
    '/ports/1/name',
  ],
])('refuses a service with %s', (_what, more, pointer) => {
  expect(() => specifyService({ name: 'web', ports: [{ port: 80 }], ...more })).toThrow(
    expect.objectContaining({
      code: 'request.invalid',
      errors: expect.arrayContaining([expect.objectContaining({ pointer })]),
    }),
  );
});
