import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { ProjectRef } from '../../../kernel/principal.js';
import { CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Diagnosis } from '../domain/diagnose.js';
import { DiagnosisDto } from './diagnosis.dto.js';
import { ReadDiagnosis } from './read-diagnosis.js';

@ApiTags('Virtual machines')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms/:vm')
export class DiagnosisController {
  constructor(private readonly reading: ReadDiagnosis) {}

  /** Why the machine is as it is, and what to do: causes in plain words, the worst first. */
  @Get('diagnosis')
  @Requires('vms:read')
  @ApiOkResponse({ type: DiagnosisDto })
  diagnosis(@CurrentProject() project: ProjectRef, @Param('vm') name: string): Diagnosis {
    return this.reading.of(project, name);
  }
}
