import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ExportDirectory } from '../data/export-directory.js';
import { type ExportAnswer, ExportServer } from '../data/export-server.js';
import { ExportTokens } from '../data/export-tokens.js';
import { linkOf } from '../domain/export-view.js';
import { exportForeign, exportNotReady, exportVolumeNotFound } from '../domain/failures.js';
import { tokenSecretName } from '../domain/names.js';
import type { ExportFormat, ExportLink, ObservedExport } from '../domain/observed.js';

export interface VolumeRequest {
  export: string;
  volume: string;
  format: ExportFormat;
}

/** A volume of an export that can be read now. */
export class ReadableVolume {
  constructor(
    private readonly server: ExportServer,
    private readonly token: string,
    readonly observed: ObservedExport,
    readonly volume: string,
    readonly format: ExportFormat,
  ) {}

  /** Throws export.unreachable, export.refused. Answers 200, 206 or 416 of the export server. */
  read(range: string | null, signal: AbortSignal): Promise<ExportAnswer> {
    const url = urlOf(this.volume, this.format);
    return this.server.ask(this.observed, { url, token: this.token, range, signal });
  }
}

/** Finds what may be downloaded. */
@Injectable()
export class OpenVolume {
  constructor(
    private readonly directory: ExportDirectory,
    private readonly tokens: ExportTokens,
    private readonly server: ExportServer,
  ) {}

  /** Throws export.not_found, export.not_ready, export.foreign, export.volume_not_found. */
  execute(project: ProjectRef, request: VolumeRequest): ReadableVolume {
    const { observed, token } = this.ready(project, request.export);
    const link = linkOf(observed);
    if (!link || !urlOf(request.volume, request.format)(link)) {
      throw exportVolumeNotFound(
        `The export "${request.export}" has no volume "${request.volume}" in format ${request.format}.`,
      );
    }
    return new ReadableVolume(this.server, token, observed, request.volume, request.format);
  }

  /** The export and its token, where it is ready and virtgate made it. */
  ready(project: ProjectRef, name: string): { observed: ObservedExport; token: string } {
    const observed = this.directory.observed(project, name);
    if (observed.phase !== 'Ready' || observed.deleting) {
      const reason = observed.message ? `: ${observed.message}` : '.';
      throw exportNotReady(`The export "${name}" is ${observed.phase}${reason}`);
    }
    const { operationId, tokenSecret } = observed;
    if (!operationId || tokenSecret !== tokenSecretName(name, operationId)) throw exportForeign();
    return { observed, token: this.tokens.of(project.namespace, name, operationId) };
  }
}

const urlOf =
  (volume: string, format: ExportFormat) =>
  ({ volumes }: ExportLink): string | undefined =>
    volumes.find(({ name }) => name === volume)?.formats.find((offered) => offered.format === format)?.url;
