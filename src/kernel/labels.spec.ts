import { checkLabels, userLabels } from './labels.js';

describe('labels', () => {
  it.each([
    ['app', 'web'],
    ['example.org/app', ''],
    ['A_b.c-9', 'x'.repeat(63)],
    ['mykubevirt.io/x', 'v'],
  ])('takes %s=%s', (key, value) => {
    expect(checkLabels({ [key]: value })).toEqual([]);
  });

  it.each([
    ['kubevirt.io/domain', 'a', 'label.reserved'],
    ['vm.kubevirt.io/name', 'a', 'label.reserved'],
    ['app.kubernetes.io/name', 'a', 'label.reserved'],
    ['node-role.k8s.io/x', 'a', 'label.reserved'],
    ['virtgate.io/project', 'a', 'label.reserved'],
    ['x.openshift.io/y', 'a', 'label.reserved'],
    ['KubeVirt.io/domain', 'a', 'label.key'],
    ['a/b/c', 'a', 'label.key'],
    ['/a', 'a', 'label.key'],
    ['a/', 'a', 'label.key'],
    ['__proto__', 'a', 'label.key'],
    ['x'.repeat(64), 'a', 'label.key'],
    ['app', 'x'.repeat(64), 'label.value'],
    ['app', 'a b', 'label.value'],
    ['app', 7, 'label.value'],
    ['app', { a: 1 }, 'label.value'],
  ])('refuses %s=%j', (key, value, code) => {
    const labels = Object.fromEntries([[key, value]]);
    expect(checkLabels(labels).map((error) => error.code)).toEqual([code]);
  });

  it('has a limit, and lets a merge patch take labels away', () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`l${index}`, 'v']));
    expect(checkLabels(many).map(({ code }) => code)).toEqual(['label.count']);
    expect(checkLabels({ app: null })).toEqual([]);
  });

  it("shows the user's labels only", () => {
    const labels = { app: 'web', 'kubevirt.io/vm-delete-protection': 'true', 'vm.kubevirt.io/x': 'y' };
    expect(userLabels(labels)).toEqual({ app: 'web' });
  });
});
