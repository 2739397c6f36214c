import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'graphql/*.graphql',
  generates: {
    'src/platform/graphql/schema.gen.ts': {
      plugins: ['typescript'],
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        skipTypename: true,
        strictScalars: true,
        scalars: {
          DateTime: { input: 'string', output: 'string | Date' },
          JSON: 'unknown',
          Quantity: 'string',
        },
      },
    },
  },
};

export default config;
