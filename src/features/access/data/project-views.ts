import type { Keyed, ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import { NAMESPACE, ROLE_BINDING } from '../../../platform/cluster/kinds.js';
import {
  bindingMeaning,
  labelText,
  ownLabelsOn,
  PROJECT_ID_LABEL,
  PROJECT_LABEL,
  TENANT_LABEL,
} from './project-manifests.js';

export interface NamespaceView extends Keyed {
  projectId: string;
  project: string;
  tenant: string;
  /** `labelText` of what stands there of the project's own labels. */
  ownLabels: string;
  terminating: boolean;
}

export interface RoleBindingView extends Keyed {
  projectId: string;
  meaning: string;
}

/** The namespaces of projects, and only these. */
export const PROJECT_NAMESPACES: ViewDefinition<NamespaceView> = {
  kind: NAMESPACE,
  labelSelector: PROJECT_ID_LABEL,
  project: ({ metadata }) => ({
    namespace: '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    projectId: metadata.labels?.[PROJECT_ID_LABEL] ?? '',
    project: metadata.labels?.[PROJECT_LABEL] ?? '',
    tenant: metadata.labels?.[TENANT_LABEL] ?? '',
    ownLabels: labelText(ownLabelsOn(metadata.labels)),
    terminating: metadata.deletionTimestamp !== undefined,
  }),
};

export const PROJECT_ROLE_BINDINGS: ViewDefinition<RoleBindingView> = {
  kind: ROLE_BINDING,
  labelSelector: PROJECT_ID_LABEL,
  project: (object) => ({
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    uid: object.metadata.uid ?? '',
    resourceVersion: object.metadata.resourceVersion ?? '',
    projectId: object.metadata.labels?.[PROJECT_ID_LABEL] ?? '',
    meaning: bindingMeaning(object),
  }),
};
