import { containerProbe, counted, type ProbeCount, probeSettings } from './guest-probes.js';

const devices = { interfaces: [{ name: 'default', ports: [{ name: 'web', port: 8080 }] }] };
const spec = (readinessProbe: object) => ({ domain: { devices }, readinessProbe });

describe('the probes of a guest', () => {
  it("have Kubernetes' defaults, and begin once libvirt is up", () => {
    expect(probeSettings(spec({ guestAgentPing: {}, initialDelaySeconds: 5 }), 'readiness')).toEqual({
      action: { kind: 'ping' },
      initialDelaySeconds: 15,
      periodSeconds: 10,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    });
    expect(probeSettings(spec({ guestAgentPing: {} }), 'liveness')).toBeUndefined();
  });

  it.each<[object, object]>([
    [{ httpGet: { port: 80 } }, { kind: 'http', scheme: 'HTTP', port: 80, path: '/', headers: {} }],
    [
      { httpGet: { port: 'web', path: '/up', scheme: 'HTTPS', httpHeaders: [{ name: 'X-A', value: '1' }] } },
      { kind: 'http', scheme: 'HTTPS', port: 8080, path: '/up', headers: { 'X-A': '1' } },
    ],
    [{ tcpSocket: { port: '22' } }, { kind: 'tcp', port: 22 }],
    [{ exec: { command: ['cat', '/tmp/up'] } }, { kind: 'exec', command: ['cat', '/tmp/up'] }],
    [{ tcpSocket: { port: 'ssh' } }, { kind: 'impossible', why: 'couldn\'t find port: "ssh"' }],
    [
      { httpGet: { port: 80, host: '169.254.169.254' } },
      { kind: 'impossible', why: 'the sandbox probes its guests only, not 169.254.169.254' },
    ],
  ])('%j asks %j', (probe, action) => {
    expect(probeSettings(spec(probe), 'readiness')?.action).toEqual(action);
  });

  it('stand on the container, with virt-probe for what the agent is asked', () => {
    const vmi = (probe: object) => ({ metadata: { namespace: 'team', name: 'web' }, spec: spec(probe) });
    const virtProbe = ['virt-probe', '--domainName', 'team_web', '--timeoutSeconds', '1'];
    expect(containerProbe(vmi({ exec: { command: ['cat', '/up'] } }), 'readiness')).toMatchObject({
      exec: { command: [...virtProbe, '--command', 'cat', '--', '/up'] },
    });
    const ping = containerProbe(vmi({ guestAgentPing: {} }), 'readiness');
    expect(ping).toMatchObject({ exec: { command: [...virtProbe, '--guestAgentPing'] } });
    expect(ping.guestAgentPing).toBeUndefined();
    expect(containerProbe(vmi({ httpGet: { port: 80 } }), 'readiness')).toEqual({
      httpGet: { port: 80 },
      initialDelaySeconds: 10,
      periodSeconds: 10,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });

  it('turn with so many alike in a row', () => {
    const settings = { ...probeSettings(spec({ guestAgentPing: {} }), 'readiness')!, successThreshold: 2 };
    const verdicts = (answers: boolean[], from: ProbeCount) => {
      let count = from;
      return answers.map((well) => {
        count = counted(count, well, settings);
        return count.well;
      });
    };
    const ill = { well: false, run: 0 };
    expect(verdicts([true, false, true, true], ill)).toEqual([false, false, false, true]);
    const well = { well: true, run: 0 };
    expect(verdicts([false, false, true, false, false, false], well)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
