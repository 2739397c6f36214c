import type { INestApplicationContext } from '@nestjs/common';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { type Requirement, requirementOf } from './requirement-of.js';

/** One way in: a REST route or a GraphQL field that is a method. */
export interface Door {
  kind: 'rest' | 'graphql';
  /** `GET /api/v1/me`, `Query.me`, `Project.virtualMachines`. */
  name: string;
  method: string;
  path: string;
  /** Class and method that answer. */
  handler: string;
  /** That class. */
  of: object;
  /** Null: says nothing about itself, so the guard refuses it. No door should be so. */
  requirement: Requirement | null;
}

const RESOLVER_TYPE = 'graphql:resolver_type';
const RESOLVER_NAME = 'graphql:resolver_name';
const RESOLVER_PROPERTY = 'graphql:resolve_property';

/**
 * Every door that controllers and resolvers open. Routes that the platform opens itself (GraphQL, websockets) check
 * the caller by their own code; `RouteTable.routes` has those, too.
 */
export function walkDoors(app: INestApplicationContext): Door[] {
  const doors = new Map<string, Door>();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype, instance } of [...module.controllers.values(), ...module.providers.values()]) {
      if (typeof metatype !== 'function' || typeof instance !== 'object' || instance === null) continue;
      for (const door of doorsOf(metatype, Object.getPrototypeOf(instance))) {
        doors.set(`${door.name} ${door.handler}`, door);
      }
    }
  }
  return [...doors.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function doorsOf(type: object & { name?: string }, prototype: object): Door[] {
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const method = (prototype as Record<string, unknown>)[name] as object;
    const about = {
      of: type,
      handler: `${type.name}.${name}`,
      requirement: requirementOf(type, method) ?? null,
    };
    return [...restDoors(type, method, about), ...graphqlDoors(type, method, name, about)];
  });
}

type About = Pick<Door, 'of' | 'handler' | 'requirement'>;

function restDoors(type: object, method: object, about: About): Door[] {
  const verb: number | undefined = Reflect.getMetadata(METHOD_METADATA, method);
  if (verb === undefined) return [];
  const bases: string[] = [Reflect.getMetadata(PATH_METADATA, type) ?? ''].flat();
  const paths: string[] = [Reflect.getMetadata(PATH_METADATA, method) ?? ''].flat();
  return bases.flatMap((base) =>
    paths.map((own) => {
      const path = `/${[base, own]
        .flatMap((part) => part.split('/'))
        .filter(Boolean)
        .join('/')}`;
      const verbName = RequestMethod[verb] as string;
      return { kind: 'rest', name: `${verbName} ${path}`, method: verbName, path, ...about };
    }),
  );
}

function graphqlDoors(type: object, method: object, name: string, about: About): Door[] {
  const root: string | undefined = Reflect.getMetadata(RESOLVER_TYPE, method);
  const isField: boolean = Reflect.getMetadata(RESOLVER_PROPERTY, method) ?? false;
  if (root === undefined && !isField) return [];
  const parent: string = root ?? Reflect.getMetadata(RESOLVER_TYPE, type);
  const field: string = Reflect.getMetadata(RESOLVER_NAME, method) ?? name;
  // How a type is told apart from its siblings is no data.
  if (field === '__resolveType') return [];
  return [{ kind: 'graphql', name: `${parent}.${field}`, method: parent, path: field, ...about }];
}
