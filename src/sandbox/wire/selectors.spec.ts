import type { KubeObject } from '../store/kube-object.js';
import { StatusError } from '../store/status-error.js';
import { parseFieldSelector, parseLabelSelector } from './selectors.js';

const labelled = (labels: Record<string, string>) =>
  ({ metadata: { name: 'x', labels } }) as unknown as KubeObject;

describe('label selectors', () => {
  it.each([
    ['app=web', { app: 'web' }, true],
    ['app==web', { app: 'db' }, false],
    ['app!=web', {}, true],
    ['app', { app: '' }, true],
    ['!app', { app: '' }, false],
    ['!app', {}, true],
    ['app in (web, db)', { app: 'db' }, true],
    ['app in (web,db)', {}, false],
    ['app notin (web,db)', {}, true],
    ['app notin (web)', { app: 'web' }, false],
    ['app=web,tier!=x', { app: 'web', tier: 'y' }, true],
    ['app=web,tier', { app: 'web' }, false],
    ['app=', { app: '' }, true],
    ['n>3', { n: '4' }, true],
    ['n<3', { n: '4' }, false],
    ['kubevirt.io/domain = a ', { 'kubevirt.io/domain': 'a' }, true],
    ['in in (in)', { in: 'in' }, true],
    ['app in ()', { app: '' }, true],
    ['constructor', {}, false],
  ])('%s of %j is %s', (selector, labels, expected) => {
    expect(parseLabelSelector(selector)?.(labelled(labels as Record<string, string>))).toBe(expected);
  });

  it.each([
    ['==', "found '==', expected: !, identifier, or 'end of string'"],
    ['a b', "found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in b', "found 'b' expected: '('"],
    ['a,', "found '', expected: identifier after ','"],
    ['a in (b', "found '', expected: ',' or ')'"],
  ])('%s is refused', (selector, message) => {
    expect(() => parseLabelSelector(selector)).toThrow(new StatusError(400, 'BadRequest', message));
  });
});

describe('field selectors', () => {
  const pod = {
    metadata: { name: 'p', namespace: 'n' },
    spec: { nodeName: 'node1' },
    status: { phase: 'Running' },
  } as unknown as KubeObject;

  it.each([
    ['spec.nodeName=node1', true],
    ['spec.nodeName==node1,status.phase!=Succeeded', true],
    ['status.phase=Failed', false],
    ['metadata.namespace=n,metadata.name=p', true],
  ])('%s is %s', (selector, expected) => {
    expect(parseFieldSelector('pods', selector)?.(pod)).toBe(expected);
  });

  it('refuses fields that the kind is not selected by', () => {
    expect(() => parseFieldSelector('virtualmachines.kubevirt.io', 'spec.nodeName=x')).toThrow(
      'field label not supported: spec.nodeName',
    );
    expect(() => parseFieldSelector('pods', 'toString=x')).toThrow('field label not supported');
  });
});
