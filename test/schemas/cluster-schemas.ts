import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

export const KUBEVIRT_VERSIONS = ['v1.3.1', 'v1.6.0', 'v1.9.0'] as const;
export type KubevirtVersion = (typeof KUBEVIRT_VERSIONS)[number];

// biome-ignore lint/suspicious/noExplicitAny: schemas are walked as what they are, JSON.
type Schema = any;

const FOLDER = join(import.meta.dirname, '../../../shared/reference/openapi');
const CDI_FILE = 'cdi-v1.62.0.swagger.json';

/** `group/version/Kind` -> definition, where the last segment of a definition's name is not enough. */
const BY_KIND: Record<string, string> = {
  'kubevirt.io/v1/VirtualMachine': 'v1.VirtualMachine',
  'kubevirt.io/v1/VirtualMachineInstance': 'v1.VirtualMachineInstance',
  'kubevirt.io/v1/VirtualMachineInstanceMigration': 'v1.VirtualMachineInstanceMigration',
  'cdi.kubevirt.io/v1beta1/DataVolume': 'v1beta1.DataVolume',
};

/**
 * KubeVirt's and CDI's published schemas, strict: a property that the version does not know is an error, because an API
 * server would drop it in silence.
 */
export class ClusterSchemas {
  private readonly compiled = new Map<string, ValidateFunction>();

  private constructor(
    private readonly kubevirt: ReadonlyMap<KubevirtVersion, Schema>,
    private readonly cdi: Schema,
  ) {}

  /** Null where the published schemas are not beside the repository. */
  static load(): ClusterSchemas | null {
    const files = KUBEVIRT_VERSIONS.map((version) => `kubevirt-${version}.swagger.json`);
    if (![...files, CDI_FILE].every((file) => existsSync(join(FOLDER, file)))) return null;
    const read = (file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')).definitions as Schema;
    const kubevirt = new Map(
      KUBEVIRT_VERSIONS.map((version, index) => [version, read(files[index] as string)]),
    );
    return new ClusterSchemas(kubevirt, read(CDI_FILE));
  }

  /**
   * What is wrong with the object in that release of KubeVirt, each as "path: message"; empty where nothing is.
   * `status` is left out when `part` is "spec": what clients write.
   */
  validate(
    version: KubevirtVersion,
    object: Record<string, unknown>,
    part: 'spec' | 'all' = 'all',
  ): string[] {
    const validator = this.validatorOf(version, String(object.apiVersion), String(object.kind));
    const { status, ...written } = object;
    const whole = part === 'spec' || status === undefined ? written : { ...written, status };
    return validator(withoutNulls(whole)) ? [] : (validator.errors ?? []).map(describe);
  }

  private validatorOf(version: KubevirtVersion, apiVersion: string, kind: string): ValidateFunction {
    const key = `${version} ${apiVersion}/${kind}`;
    const known = this.compiled.get(key);
    if (known) return known;
    const definitions = apiVersion.startsWith('cdi.kubevirt.io/') ? this.cdi : this.kubevirt.get(version);
    const name = BY_KIND[`${apiVersion}/${kind}`] ?? `${apiVersion.split('/').at(-1)}.${kind}`;
    if (!definitions?.[name])
      throw new Error(`KubeVirt ${version} publishes no schema for ${apiVersion} ${kind}.`);
    const strict = Object.fromEntries(
      Object.entries<Schema>(definitions).map(([each, schema]) => [each, strictly(each, schema)]),
    );
    const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
    const validator = ajv.compile({ $ref: `#/definitions/${name}`, definitions: strict });
    this.compiled.set(key, validator);
    return validator;
  }
}

/** The documents call quantities strings and know no extra properties; the first is not so on the wire. */
function strictly(name: string, schema: Schema): Schema {
  if (/\.(Quantity|IntOrString)$/.test(name)) return { type: ['string', 'integer', 'number'] };
  if (/\.(Time|MicroTime)$/.test(name)) return { type: ['string', 'null'] };
  if (/\.(FieldsV1|RawExtension|JSON)$/.test(name)) return {};
  return harden(schema);
}

function harden(schema: Schema): Schema {
  if (Array.isArray(schema)) return schema.map(harden);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { default: _default, description: _description, ...rest } = schema;
  const result: Schema = {};
  for (const [key, value] of Object.entries(rest)) {
    // Names of properties are not keywords.
    result[key] =
      key === 'properties'
        ? Object.fromEntries(
            Object.entries<Schema>(value as object).map(([name, each]) => [name, harden(each)]),
          )
        : harden(value);
  }
  if (result.properties && result.additionalProperties === undefined) result.additionalProperties = false;
  return result;
}

/** `creationTimestamp: null` and the like stand for absent in Go's JSON. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null && each !== undefined)
      .map(([key, each]) => [key, withoutNulls(each)]),
  );
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const extra = (params as { additionalProperty?: string }).additionalProperty;
  return `${instancePath || '/'}: ${message}${extra ? ` "${extra}"` : ''}`;
}
