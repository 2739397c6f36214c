import { Injectable } from '@nestjs/common';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import type { Caller } from '../../operations/outcome.contract.js';
import { SshKeysContract } from '../../ssh-keys/ssh-keys.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import type { FoundBootSource } from '../domain/boot-source.js';
import type { CreateBody, VirtualMachineSpec } from '../domain/create-body.js';
import type { FoundKeys } from '../domain/guest-setup.js';
import { MAX_INTERFACES, vmMacTaken } from '../domain/interfaces.js';
import { BootSources } from './boot-sources.js';

export interface Found {
  source: FoundBootSource | null;
  /** Multus' names of the body's networks; null for the pod's. */
  networks: (string | null)[];
  keys: FoundKeys;
}

/** What the body of a create names: found, or refused. */
@Injectable()
export class CreateReferences {
  constructor(
    private readonly caches: MachineCaches,
    private readonly catalog: CatalogContract,
    private readonly bootSources: BootSources,
    private readonly sshKeys: SshKeysContract,
  ) {}

  async find(caller: Caller, body: CreateBody): Promise<Found> {
    return {
      source: await this.bootSources.find(caller, body.bootDisk),
      networks: (body.networks ?? [])
        .slice(0, MAX_INTERFACES)
        .map(({ network }, index) => this.#network(caller, network, index)),
      keys: await this.#keys(caller, body),
    };
  }

  /**
   * What exists, and what nobody else may have. KubeVirt since 1.6 accepts unknown names of types and then never starts
   * the machine.
   */
  async check(caller: Caller, spec: VirtualMachineSpec): Promise<void> {
    this.#checkMacs(caller, spec);
    if ('instanceType' in spec.size)
      this.catalog.requireInstanceType(spec.size.instanceType, '/instanceType');
    if (spec.preference !== null) this.catalog.requirePreference(spec.preference, '/preference');
    if (spec.bootDisk.storageClass !== null) {
      this.catalog.requireStorageClass(spec.bootDisk.storageClass, '/bootDisk/storageClass');
    }
    if ('url' in spec.bootDisk.source) await this.bootSources.checkUrl(spec.bootDisk.source.url);
  }

  #network({ project }: Caller, name: string, index: number): string | null {
    return this.catalog.requireNetwork(project, name, `/networks/${index}/network`).multusName;
  }

  /** The project's automatic keys go where the body says nothing: by the agent where it is to let people in. */
  async #keys({ principal, project }: Caller, body: CreateBody): Promise<FoundKeys> {
    const { sshKeys, sshAccess } = body;
    const resolve = (keys: string[], pointer: string) =>
      this.sshKeys.resolve(principal, project, keys, pointer);
    const agentKeys = async () =>
      sshAccess?.keys ? resolve(sshAccess.keys, '/sshAccess/keys') : this.sshKeys.automatic(project);
    return {
      static: sshKeys
        ? await resolve(sshKeys, '/sshKeys')
        : readsCloudInit(body) && !sshAccess
          ? await this.sshKeys.automatic(project)
          : [],
      agent: sshAccess ? await agentKeys() : [],
    };
  }

  #checkMacs({ project: { namespace } }: Caller, { name, interfaces }: VirtualMachineSpec): void {
    interfaces.forEach(({ mac }, index) => {
      if (mac === null || !this.caches.hasMac(mac, { namespace, name })) return;
      const error = { pointer: `/networks/${index}/mac`, code: vmMacTaken.definition.code };
      const message = `Another machine has the address ${mac}.`;
      throw vmMacTaken(message, { errors: [{ ...error, message }] });
    });
  }
}

/** On an empty disk there is nobody to read it, unless somebody means to install one. */
const readsCloudInit = ({ bootDisk, userData, networkData }: CreateBody): boolean =>
  bootDisk.blank !== true || Boolean(userData) || Boolean(networkData);
