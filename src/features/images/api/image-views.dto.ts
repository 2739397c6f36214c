import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { VISIBILITIES, type Visibility } from '../domain/image-body.js';
import { IMAGE_STATES, type ImageState, type ImageView } from '../domain/image-view.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const Nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);

@ApiSchema({ name: 'ImageOrigin' })
class ImageOriginDto {
  @ApiProperty({ enum: ['url', 'registry', 'disk', 'upload'] }) type!: string;
  @Nullable(String) reference!: string | null;
}

@ApiSchema({ name: 'ImageScheduleState' })
class ImageScheduleStateDto {
  @ApiProperty({ example: '0 3 * * 1' }) cron!: string;
  @ApiProperty({ type: 'integer' }) retain!: number;
  @ApiProperty() enabled!: boolean;
  @Nullable(String, { format: 'date-time' }) lastImportAt!: string | null;
}

@ApiSchema({ name: 'ImageCreator' })
class ImageCreatorDto {
  @ApiProperty() type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'Image' })
export class ImageDto implements ImageView {
  @ApiProperty({ description: 'The uid in the cluster.' }) id!: string;
  @ApiProperty() name!: string;
  @Nullable(String) displayName!: string | null;
  @ApiProperty() project!: string;
  @ApiProperty() tenant!: string;
  @ApiProperty({ enum: VISIBILITIES }) visibility!: Visibility;
  @ApiProperty({ description: 'What `bootDisk.image` names it by from every project.' }) reference!: string;
  @ApiProperty({ enum: IMAGE_STATES }) state!: ImageState;
  @Nullable(String) message!: string | null;
  @Nullable(Number, { minimum: 0, maximum: 100 }) progress!: number | null;
  @Nullable(String, { example: '10Gi' }) size!: string | null;
  @Nullable(String) os!: string | null;
  @Nullable(ImageOriginDto) source!: ImageView['source'];
  @Nullable(String) defaultInstanceType!: string | null;
  @Nullable(String) defaultPreference!: string | null;
  @Nullable(ImageScheduleStateDto) schedule!: ImageView['schedule'];
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @Nullable(ImageCreatorDto) createdBy!: ImageView['createdBy'];
}

@ApiSchema({ name: 'ImagePage' })
export class ImagePageDto {
  @ApiProperty({ type: [ImageDto] }) items!: ImageDto[];
  @Nullable(String) nextCursor!: string | null;
  @ApiProperty({ type: 'integer', description: 'All that the filter matches.' }) total!: number;
}
