import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';
import type { Untyped } from '../store/kube-object.js';
import { clusterInstanceTypes, clusterPreferences } from './cluster-catalogue.js';

const data = new URL('../../../../shared/reference/data/', import.meta.url);
const here = existsSync(data);
if (!here) console.warn('skipped: the published bundles and CRDs are not beside this checkout');
const published = here ? it : it.skip;

function bundle(file: string): Map<string, Untyped> {
  const documents = parseAllDocuments(readFileSync(new URL(file, data), 'utf8')).map((one) => one.toJS());
  return new Map(documents.filter(Boolean).map((one) => [one.metadata.name, one]));
}

describe('the cluster catalogue', () => {
  it('has 65 instance types and 54 preferences, each name once', () => {
    expect(new Set(clusterInstanceTypes().map((one) => one.metadata.name)).size).toBe(65);
    expect(new Set(clusterPreferences().map((one) => one.metadata.name)).size).toBe(54);
  });

  published('has the specs and labels of the published bundles', () => {
    for (const [file, made] of [
      ['common-clusterinstancetypes-bundle.yaml', clusterInstanceTypes()],
      ['common-clusterpreferences-bundle.yaml', clusterPreferences()],
    ] as const) {
      const expected = bundle(file);
      expect(made).toHaveLength(expected.size);
      for (const one of made) {
        const reference = expected.get(one.metadata.name as string);
        expect([one.metadata.name, one.spec]).toEqual([one.metadata.name, reference.spec]);
        expect([one.metadata.name, one.metadata.labels]).toEqual([
          one.metadata.name,
          reference.metadata.labels,
        ]);
      }
    }
  });

  published('validates against the CRDs of KubeVirt 1.9', () => {
    const folder = new URL('crds/kubevirt-v1.9.0/', data);
    const ajv = new Ajv({ strict: false, validateFormats: false });
    for (const [plural, made] of [
      ['virtualmachineclusterinstancetypes', clusterInstanceTypes()],
      ['virtualmachineclusterpreferences', clusterPreferences()],
    ] as const) {
      const file = readdirSync(folder).find((name) => name.startsWith(plural)) as string;
      const crd = parse(readFileSync(new URL(file, folder), 'utf8'));
      const validate = ajv.compile(
        crd.spec.versions.find((one: Untyped) => one.storage).schema.openAPIV3Schema,
      );
      for (const one of made) {
        expect([one.metadata.name, validate(one), validate.errors]).toEqual([one.metadata.name, true, null]);
      }
    }
  });
});
