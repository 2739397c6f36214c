import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  Allow,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { InProject, NamedInProject, Precondition } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { IMAGE_ORDERS, type ImageFilter, type ImageOrder } from '../data/image-listing.js';
import {
  type CreateImageBody,
  type ScheduleBody,
  type UpdateImageBody,
  VISIBILITIES,
  type Visibility,
} from '../domain/image-body.js';
import { IMAGE_STATES, type ImageState } from '../domain/image-view.js';

const OptionalText =
  (maxLength: number, example?: string): PropertyDecorator =>
  (target, key) => {
    ApiPropertyOptional({ type: String, nullable: true, maxLength, ...(example && { example }) })(
      target,
      key,
    );
    IsOptional()(target, key);
    IsString()(target, key);
    MaxLength(maxLength)(target, key);
  };

/** Types and lengths are held here; what a value means is held by the domain, for REST and GraphQL alike. */
@ApiSchema({ name: 'ImageSource', description: 'Exactly one.' })
export class ImageSourceDto {
  @OptionalText(2048, 'https://example.org/debian-12.qcow2')
  url?: string | null;

  @OptionalText(1024, 'docker://quay.io/containerdisks/debian:12')
  registry?: string | null;

  @ApiPropertyOptional({
    nullable: true,
    description: '`true` or `{}`: the bytes come by PUT.',
    type: Boolean,
  })
  @IsOptional()
  @Allow()
  upload?: unknown;

  @OptionalText(253)
  disk?: string | null;
}

@ApiSchema({ name: 'ImageSchedule', description: 'Keeps an image from a registry up to date.' })
export class ImageScheduleDto implements ScheduleBody {
  @OptionalText(128, '0 3 * * 1')
  cron?: string | null;

  @ApiPropertyOptional({ type: Number, nullable: true, default: 3, description: 'Imports that are kept.' })
  @IsOptional()
  @IsInt()
  retain?: number | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, default: true })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean | null;
}

@ApiSchema({ name: 'UpdateImage', description: 'A JSON merge patch: null takes a value away.' })
export class UpdateImageDto implements UpdateImageBody {
  @OptionalText(128)
  displayName?: string | null;

  @OptionalText(64, 'debian')
  os?: string | null;

  @OptionalText(63, 'u1.small')
  defaultInstanceType?: string | null;

  @OptionalText(63, 'debian')
  defaultPreference?: string | null;

  @ApiPropertyOptional({ type: ImageScheduleDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ImageScheduleDto)
  schedule?: ImageScheduleDto | null;
}

@ApiSchema({ name: 'CreateImage' })
export class CreateImageDto extends UpdateImageDto implements CreateImageBody {
  @ApiProperty({ example: 'debian-12', maxLength: 40 })
  @IsString()
  name!: string;

  @ApiProperty({ type: ImageSourceDto })
  @IsObject()
  @ValidateNested()
  @Type(() => ImageSourceDto)
  source!: ImageSourceDto;

  @OptionalText(32, '10Gi')
  size?: string | null;

  @OptionalText(253)
  storageClass?: string | null;

  @ApiPropertyOptional({ enum: VISIBILITIES, nullable: true, default: 'private' })
  @IsOptional()
  @IsIn(VISIBILITIES)
  visibility?: Visibility | null;
}

@ApiSchema({ name: 'ShareImage' })
export class ShareImageDto {
  @ApiProperty({ enum: VISIBILITIES })
  @IsIn(VISIBILITIES)
  visibility!: Visibility;
}

// GraphQL's inputs are the bodies of REST, with what REST has in its path and headers.

export class CreateImageInput extends IntersectionType(CreateImageDto, InProject) {}

export class UpdateImageInput extends IntersectionType(UpdateImageDto, NamedInProject, Precondition) {}

export class ShareImageInput extends IntersectionType(ShareImageDto, NamedInProject) {}

export class DeleteImageInput extends IntersectionType(NamedInProject, Precondition) {}

export class ImagesQuery extends PageQuery implements ImageFilter {
  @ApiPropertyOptional({ description: 'Part of the name or display name.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string;

  @ApiPropertyOptional({ enum: IMAGE_STATES })
  @IsOptional()
  @IsIn(IMAGE_STATES)
  state?: ImageState;

  @ApiPropertyOptional({ enum: VISIBILITIES })
  @IsOptional()
  @IsIn(VISIBILITIES)
  visibility?: Visibility;

  @ApiPropertyOptional({ enum: IMAGE_ORDERS, default: 'name' })
  @IsOptional()
  @IsIn(IMAGE_ORDERS)
  sort?: ImageOrder;
}

/** GraphQL's names of the orders. */
export const IMAGE_ORDER_NAMES = {
  NAME: 'name',
  NAME_DESC: '-name',
  CREATED_AT: 'createdAt',
  CREATED_AT_DESC: '-createdAt',
} as const satisfies Record<string, ImageOrder>;

export class ImagesArgs extends ConnectionArgs implements ImageFilter {
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string | null;

  @IsOptional()
  @IsIn(IMAGE_STATES)
  state?: ImageState | null;

  @IsOptional()
  @IsIn(VISIBILITIES)
  visibility?: Visibility | null;

  @IsOptional()
  @IsIn(Object.keys(IMAGE_ORDER_NAMES))
  orderBy?: keyof typeof IMAGE_ORDER_NAMES | null;
}
