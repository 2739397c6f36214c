import { IsString, MaxLength } from 'class-validator';
import {
  AddMemberBody,
  ChangeMemberBody,
  CreateProjectBody,
  CreateServiceAccountBody,
  CreateTokenBody,
  UpdateProjectBody,
  UpdateRoleBody,
  UpdateTenantBody,
} from './bodies.js';
import { BlockUserBody } from './users.dto.js';

/*
 * GraphQL's inputs: the bodies of REST and what REST says in the path. A name that is looked up needs no form; what
 * is not there is not found.
 */
const MOST = 128;

export class UpdateTenantInput extends UpdateTenantBody {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;
}

export class DeleteTenantInput {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;
}

export class CreateProjectInput extends CreateProjectBody {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;
}

export class UpdateProjectInput extends UpdateProjectBody {
  @IsString()
  @MaxLength(MOST)
  project!: string;
}

export class DeleteProjectInput {
  @IsString()
  @MaxLength(MOST)
  project!: string;
}

export class AddProjectMemberInput extends AddMemberBody {
  @IsString()
  @MaxLength(MOST)
  project!: string;
}

export class ChangeProjectMemberInput extends ChangeMemberBody {
  @IsString()
  @MaxLength(MOST)
  project!: string;

  @IsString()
  @MaxLength(MOST)
  member!: string;
}

export class RemoveProjectMemberInput {
  @IsString()
  @MaxLength(MOST)
  project!: string;

  @IsString()
  @MaxLength(MOST)
  member!: string;
}

export class AddTenantMemberInput extends AddMemberBody {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;
}

export class ChangeTenantMemberInput extends ChangeMemberBody {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;

  @IsString()
  @MaxLength(MOST)
  member!: string;
}

export class RemoveTenantMemberInput {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;

  @IsString()
  @MaxLength(MOST)
  member!: string;
}

export class CreateServiceAccountInput extends CreateServiceAccountBody {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;
}

export class DeleteServiceAccountInput {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;

  @IsString()
  @MaxLength(MOST)
  name!: string;
}

export class CreateServiceAccountTokenInput extends CreateTokenBody {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;

  @IsString()
  @MaxLength(MOST)
  serviceAccount!: string;
}

export class BlockUserInput extends BlockUserBody {
  @IsString()
  @MaxLength(MOST)
  user!: string;
}

export class UnblockUserInput {
  @IsString()
  @MaxLength(MOST)
  user!: string;
}

export class UpdateRoleInput extends UpdateRoleBody {
  @IsString()
  @MaxLength(MOST)
  role!: string;
}

export class DeleteRoleInput {
  @IsString()
  @MaxLength(MOST)
  role!: string;
}

export class RevokeTokenInput {
  @IsString()
  @MaxLength(MOST)
  id!: string;
}

export class RevokeServiceAccountTokenInput {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;

  @IsString()
  @MaxLength(MOST)
  serviceAccount!: string;

  @IsString()
  @MaxLength(MOST)
  id!: string;
}
