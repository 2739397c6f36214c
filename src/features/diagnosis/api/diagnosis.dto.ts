import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { CAUSE_CODES, type CauseCode } from '../domain/catalogue.js';
import {
  CAUSE_STATES,
  type Cause,
  type CauseState,
  type ObjectRef,
  SEVERITIES,
  type Severity,
} from '../domain/cause.js';
import { DIAGNOSIS_STATES, type Diagnosis, type DiagnosisState } from '../domain/diagnose.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
@ApiSchema({ name: 'DiagnosisObject', description: 'An object of the cluster in the project, or a node.' })
class DiagnosisObjectDto implements ObjectRef {
  @ApiProperty() kind!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'DiagnosisCause' })
class DiagnosisCauseDto implements Cause {
  @ApiProperty({ enum: CAUSE_CODES }) code!: CauseCode;
  @ApiProperty({ enum: SEVERITIES }) severity!: Severity;
  @ApiProperty({
    enum: CAUSE_STATES,
    description:
      '`in_progress`: it may well pass by itself; `failing`: it will not; `noted`: it is so, and nothing is wrong.',
  })
  state!: CauseState;
  @ApiProperty({ description: 'One sentence, the same for everybody.' }) summary!: string;
  @ApiProperty({ description: "What is so here: names, numbers, and the cluster's own words." })
  detail!: string;
  @ApiProperty() whatToDo!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) since!: string | null;
  @ApiProperty({ type: [DiagnosisObjectDto] }) objects!: DiagnosisObjectDto[];
}

@ApiSchema({ name: 'Diagnosis' })
export class DiagnosisDto implements Diagnosis {
  @ApiProperty({ enum: DIAGNOSIS_STATES }) state!: DiagnosisState;
  @ApiProperty({ description: 'Of the worst cause.' }) summary!: string;
  @ApiProperty({ type: [DiagnosisCauseDto], description: 'The worst first.' }) causes!: DiagnosisCauseDto[];
  @ApiProperty({ format: 'date-time' }) observedAt!: string;
}
