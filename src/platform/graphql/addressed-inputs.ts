import { IsOptional, IsString, MaxLength } from 'class-validator';

// What GraphQL's inputs say beside the body that REST takes: there it stands in the path and the headers. An input is
// an `IntersectionType` of the body and these.

/** Its project. The guard has resolved it before a resolver sees it. */
export class InProject {
  @IsString()
  project!: string;
}

/** A thing of a project. */
export class NamedInProject extends InProject {
  @IsString()
  name!: string;
}

/** Something of a virtual machine. */
export class OfMachine extends InProject {
  @IsString()
  virtualMachine!: string;
}

/** `If-Match`: the etag that the thing must still have. */
export class Precondition {
  @IsOptional()
  @IsString()
  @MaxLength(256)
  ifMatch?: string | null;
}
