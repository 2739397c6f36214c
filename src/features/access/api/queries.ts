import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQuery } from '../../../platform/paging/page-query.js';
import type { ProjectState } from '../access.contract.js';

const STATES: readonly ProjectState[] = ['Provisioning', 'Active', 'Deleting', 'Failed'];

export class SearchQuery extends PageQuery {
  /** Part of the name. */
  @ApiPropertyOptional({ description: 'Part of the name.' })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  q?: string;
}

export class ProjectsQuery extends SearchQuery {
  @ApiPropertyOptional({ enum: STATES })
  @IsOptional()
  @IsIn(STATES)
  state?: ProjectState;

  @ApiPropertyOptional({ type: [String], description: '`key=value`; all of them must match.' })
  @IsOptional()
  @Transform(({ value }) => (typeof value === 'string' ? [value] : value))
  @ArrayMaxSize(16)
  @Matches(/^[^=]+=[^=]*$/, { each: true, message: 'must be key=value' })
  label?: string[];
}

export function namedLike(q: string | null | undefined): (row: { name: string }) => boolean {
  if (!q) return () => true;
  const wanted = q.toLowerCase();
  return ({ name }) => name.toLowerCase().includes(wanted);
}

export interface ProjectFilter {
  q?: string | null;
  state?: string | null;
  label?: readonly string[] | null;
}

/** Does a project match every condition of the filter? */
export function projectMatcher(filter: ProjectFilter) {
  const named = namedLike(filter.q);
  const labels = (filter.label ?? []).map((pair) => pair.split('=', 2) as [string, string]);
  return (project: { name: string; state: string; labels: Readonly<Record<string, string>> }): boolean =>
    named(project) &&
    (!filter.state || project.state === filter.state) &&
    labels.every(([key, value]) => Object.hasOwn(project.labels, key) && project.labels[key] === value);
}
