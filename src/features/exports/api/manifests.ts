import { Injectable } from '@nestjs/common';
import { stringify } from 'yaml';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { cleanedManifest } from '../../virtual-machines/cleaned-manifest.contract.js';
import { ReadManifests } from '../commands/read-manifests.js';
import { ExportDirectory } from '../data/export-directory.js';
import { type CarriedVolume, carriedManifests } from '../domain/carried-manifests.js';
import type { ExportVolumeView } from '../domain/export-view.js';
import { Downloads } from './downloads.js';

/** As long as links live at most. */
const LIFETIME = '15m';

/** What the doors of REST and GraphQL answer alike: objects that make the machine again in another cluster. */
@Injectable()
export class Manifests {
  constructor(
    private readonly reading: ReadManifests,
    private readonly directory: ExportDirectory,
    private readonly downloads: Downloads,
  ) {}

  /** Nothing in them is secret: whoever applies them brings a token in a Secret of the name that they say. */
  async plain({ project }: Caller, name: string): Promise<KubeObject[]> {
    const given = await this.reading.execute(project, name);
    const volumes = this.#volumes({ project }, name).map((volume) => ({
      ...volume,
      url: this.downloads.address(project.name, { export: name, volume: volume.name, format: volume.format }),
    }));
    return carriedManifests(given, {
      volumes,
      headerSecret: `${name}-download`,
      clean: (machine) => cleanedManifest(machine),
    });
  }

  /** With a one-time address for each disk, and with the texts for cloud-init that the machine itself holds. */
  async withSecrets(caller: Caller, name: string): Promise<KubeObject[]> {
    if (currentContext()?.dryRun) return this.plain(caller, name);
    const given = await this.reading.revealed(caller, name);
    const volumes: CarriedVolume[] = [];
    for (const { format, ...volume } of this.#volumes(caller, name)) {
      const wanted = { export: name, volume: volume.name, format };
      volumes.push({ ...volume, url: (await this.downloads.link(caller, wanted, LIFETIME)).url });
    }
    return carriedManifests(given, {
      volumes,
      headerSecret: null,
      clean: (machine) => cleanedManifest(machine, { texts: 'kept' }),
    });
  }

  #volumes({ project }: Pick<Caller, 'project'>, name: string) {
    return this.directory.get(project, name).view.volumes.flatMap(({ name: volume, size, formats }) => {
      const format = asDisk(formats);
      return format ? [{ name: volume, size, format }] : [];
    });
  }
}

/** Smaller on its way; a volume that leaves as an archive of files is no disk. */
const asDisk = (formats: ExportVolumeView['formats']) =>
  (['gzip', 'raw'] as const).find((format) => formats.includes(format));

/** As kubectl takes them. */
export const yamlOf = (objects: readonly KubeObject[]): string =>
  objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');

export const listOf = (objects: readonly KubeObject[]) => ({
  apiVersion: 'v1',
  kind: 'List',
  metadata: {},
  items: objects,
});
