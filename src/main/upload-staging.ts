import { resolve } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { StagingPlace } from '../features/disks/data/staging-place.js';
import type { Settings } from './config/settings.js';

@Module({})
class UploadStagingModule {}

/** Where the parts of uploads wait, and for how long. */
export function uploadStaging(settings: Settings): DynamicModule {
  const { UPLOAD_STAGING_DIRECTORY: given, UPLOAD_STAGING_HOURS: hours } = settings;
  const directory = given ? resolve(given) : resolve(settings.VIRTGATE_DATA, 'uploads');
  const place = { provide: StagingPlace, useValue: new StagingPlace(directory, hours * 3600_000) };
  return { module: UploadStagingModule, providers: [place], exports: [StagingPlace] };
}
