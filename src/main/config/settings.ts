import { Transform } from 'class-transformer';
import {
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  MinLength,
  registerDecorator,
  ValidateBy,
  type ValidationOptions,
} from 'class-validator';
import ipaddr from 'ipaddr.js';
import { portRange } from '../../features/consoles/domain/console-limits.js';
import { readOidcIssuers } from '../../platform/sign-in/oidc-options.js';

const number = () =>
  Transform(({ value }) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value));
const list = () =>
  Transform(({ value }) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== '')
      : value,
  );

const isNetwork = (value: unknown): boolean =>
  typeof value === 'string' && (ipaddr.isValid(value) || ipaddr.isValidCIDR(value));

const IsNetwork = (options: ValidationOptions): PropertyDecorator =>
  ValidateBy({ name: 'isNetwork', validator: { validate: isNetwork } }, options);

const isPortRange = (value: unknown): boolean => typeof value === 'string' && portRange(value) !== null;

const IsPortRange = (options: ValidationOptions): PropertyDecorator =>
  ValidateBy({ name: 'isPortRange', validator: { validate: isPortRange } }, options);

/** Says what is wrong with it in the reader's own words. */
function IsOidcIssuers(): PropertyDecorator {
  const problem = (value: unknown): string | null => {
    try {
      readOidcIssuers(String(value));
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };
  return (target, property) =>
    registerDecorator({
      name: 'oidcIssuers',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => problem(value) === null,
        defaultMessage: (about) => `${String(property)} ${problem(about?.value)}`,
      },
    });
}

/** Marks what `virtgate config --print` never shows. */
const secrets = new Set<string>();
const Secret = (): PropertyDecorator => (_target, key) => void secrets.add(String(key));

export const isSecret = (name: string): boolean => secrets.has(name);

const meanings = new Map<string, string>();
/** What a setting does, in the words of `docs/settings.md`. A setting without is refused by its spec. */
const Means =
  (words: string): PropertyDecorator =>
  (_target, key) =>
    void meanings.set(String(key), words);

export const meaningOf = (name: string): string | undefined => meanings.get(name);

/** Every setting, named as its environment variable. Secrets may come from a file: `DATABASE_URL_FILE`. */
export class Settings {
  @Means('The port to listen on; 0 takes a free one.')
  @number()
  @IsInt()
  @Min(0)
  @Max(65535)
  PORT = 8080;

  @Means('The address to listen on; `0.0.0.0` opens the gateway to the network.')
  @IsString()
  @MinLength(1)
  HOST = '127.0.0.1';

  @Means('How clients reach the gateway, where that differs from HOST and PORT (behind a proxy).')
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  PUBLIC_URL: string | null = null;

  @Means('The data directory: the admin token, what the embedded Postgres and the sandbox keep.')
  @IsString()
  @MinLength(1)
  VIRTGATE_DATA = '.virtgate';

  @Means('Postgres 14 or later. Absent: the embedded one (`virtgate up` only).')
  @Secret()
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_URL must be a postgres:// URL' })
  DATABASE_URL: string | null = null;

  @Means(
    'Redis for BullMQ and the counts of requests. Absent: the queue lives in Postgres, and each gateway counts for itself.',
  )
  @Secret()
  @IsOptional()
  @Matches(/^rediss?:\/\//, { message: 'REDIS_URL must be a redis:// or rediss:// URL' })
  REDIS_URL: string | null = null;

  @Means('The cluster. Absent: the sandbox (`virtgate up`), or the service account of the pod.')
  @IsOptional()
  @IsString()
  KUBECONFIG: string | null = null;

  @Means(
    'OpenID providers whose tokens are taken, as a JSON array: `[{"alias": "corp", "issuer": "https://id.example.com", "audience": "virtgate"}]`, each with `algorithms`, `usernameClaim`, `groupsClaim`, `clockSkewSeconds` if need be.',
  )
  @IsOptional()
  @IsOidcIssuers()
  OIDC_ISSUERS: string | null = null;

  @Means('Kubernetes tokens made for this audience are taken (TokenReview). Absent: none are.')
  @IsOptional()
  @Matches(/^[\x21-\x7e]{1,253}$/, { message: 'KUBERNETES_TOKEN_AUDIENCE is no audience' })
  KUBERNETES_TOKEN_AUDIENCE: string | null = null;

  @Means('Seals what is kept at rest and signs cursors. Absent: made once and kept in the data directory.')
  @Secret()
  @IsOptional()
  @MinLength(32, { message: 'VIRTGATE_SECRET must have at least 32 characters' })
  VIRTGATE_SECRET: string | null = null;

  @Means('Hosts (or host:port) that image URLs may name although their addresses are private.')
  @list()
  @IsArray()
  @Matches(/^[\w.:[\]-]+$/, {
    each: true,
    message: 'IMPORT_ALLOWED_HOSTS takes hosts or host:port, separated by commas',
  })
  IMPORT_ALLOWED_HOSTS: string[] = [];

  @Means(
    'Namespaces whose network attachment definitions every project may put its machines on, besides those of its own.',
  )
  @list()
  @IsArray()
  @Matches(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
    each: true,
    message: 'SHARED_NETWORK_NAMESPACES takes namespaces, separated by commas',
  })
  SHARED_NETWORK_NAMESPACES: string[] = [];

  @Means('An import that does not move for so long has failed.')
  @number()
  @IsInt()
  @Min(1)
  @Max(86400)
  IMPORT_STALL_SECONDS = 120;

  @Means(
    'Where the parts of resumable uploads are kept until they are whole; absent: `uploads` in the data directory. Several gateways need the same one, on a volume that all of them can write to.',
  )
  @IsOptional()
  @IsString()
  UPLOAD_STAGING_DIRECTORY: string | null = null;

  @Means('How long the rest of a resumable upload is waited for.')
  @number()
  @IsInt()
  @Min(1)
  @Max(720)
  UPLOAD_STAGING_HOURS = 24;

  @Means(
    '`allow`: tenants may say on which nodes their machines run (node selectors, affinity, tolerations).',
  )
  @IsIn(['allow', 'refuse'])
  TENANT_PLACEMENT: 'allow' | 'refuse' = 'refuse';

  @Means(
    'Types of services that tenants may expose their machines by: `ClusterIP`, `NodePort`, `LoadBalancer`, separated by commas.',
  )
  @list()
  @IsArray()
  @IsIn(['ClusterIP', 'NodePort', 'LoadBalancer'], { each: true })
  TENANT_SERVICE_TYPES: string[] = ['ClusterIP', 'NodePort'];

  @Means('`allow`: tenants may choose CPU models and features.')
  @IsIn(['allow', 'refuse'])
  TENANT_CPU_MODELS: 'allow' | 'refuse' = 'refuse';

  @Means('Seconds after which a console that nobody types into is closed.')
  @number()
  @IsInt()
  @Min(10)
  CONSOLE_IDLE_SECONDS = 1_800;

  @Means('Seconds after which a console is closed, whatever goes on in it.')
  @number()
  @IsInt()
  @Min(10)
  CONSOLE_MAX_SECONDS = 43_200;

  @Means('Ports of guests, and ranges of them (`22,8000-8999`), that port-forward may reach. Absent: all.')
  @list()
  @IsArray()
  @IsPortRange({
    each: true,
    message: 'PORT_FORWARD_PORTS takes ports and ranges (8000-8999), separated by commas',
  })
  PORT_FORWARD_PORTS: string[] = [];

  @Means(
    '`allow`: consoles are open also on releases of KubeVirt with CVE-2026-7374, as where a vendor has mended it.',
  )
  @IsIn(['allow', 'refuse'])
  CONSOLES_ON_WEAK_KUBEVIRT: 'allow' | 'refuse' = 'refuse';

  @Means('Browser origins, besides our own, that may call the API.')
  @list()
  @IsArray()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true }, { each: true })
  CORS_ORIGINS: string[] = [];

  @Means(
    'Addresses and networks (`10.0.0.0/8`) of proxies in front of the gateway, whose X-Forwarded-For is believed.',
  )
  @list()
  @IsArray()
  @IsNetwork({ each: true, message: 'TRUSTED_PROXIES takes addresses and networks, separated by commas' })
  TRUSTED_PROXIES: string[] = [];

  @Means('Requests a minute of one account, over all of its tokens; 0 for no limit. GraphQL counts by cost.')
  @number()
  @IsInt()
  @Min(0)
  RATE_LIMIT_PRINCIPAL = 6_000;

  @Means('The same of an account with a role on the platform itself.')
  @number()
  @IsInt()
  @Min(0)
  RATE_LIMIT_PLATFORM = 1_200_000;

  @Means(
    'Requests a minute to all that belongs to one tenant, those of platform administrators aside; 0 for no limit.',
  )
  @number()
  @IsInt()
  @Min(0)
  RATE_LIMIT_TENANT = 30_000;

  @Means('Credentials a minute from one address that are good for nothing; 0 for no limit.')
  @number()
  @IsInt()
  @Min(0)
  RATE_LIMIT_FAILED_SIGN_INS = 300;

  @Means('From `trace` to `silent`.')
  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  LOG_LEVEL = 'info';

  @Means('The port of the sandbox; 0 takes a free one.')
  @number()
  @IsInt()
  @Min(0)
  @Max(65535)
  SANDBOX_PORT = 0;

  @Means('How many nodes the sandbox has.')
  @number()
  @IsInt()
  @Min(1)
  @Max(20)
  SANDBOX_NODES = 3;

  @Means('Whether the guests of the sandbox are real; `auto` finds out whether QEMU is there.')
  @IsIn(['auto', 'qemu', 'simulated'])
  SANDBOX_DRIVER: 'auto' | 'qemu' | 'simulated' = 'auto';
}
