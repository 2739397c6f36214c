/** The frame of our own pages. `body` is HTML that was written here; what comes from elsewhere goes through `escapeHtml`. */
export function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="/assets/logo.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/pages.css">
${head}</head>
<body>
${body}
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const BAR = (
  here: string,
) => `<header class="bar"><a class="home" href="/"><img src="/assets/logo.svg" alt="" width="22" height="22">virtgate</a>
<nav>${LINKS.map(([path, name]) => `<a href="${path}"${path === here ? ' aria-current="page"' : ''}>${name}</a>`).join('')}</nav></header>`;

const LINKS = [
  ['/docs', 'REST'],
  ['/graphiql', 'GraphQL'],
  ['/errors', 'Errors'],
] as const;

export const landingPage = (url: string): string =>
  page(
    'virtgate',
    `${BAR('/')}
<main>
<h1>Virtual machines, self-service</h1>
<p class="lead">A REST and GraphQL gateway for many tenants' machines on KubeVirt.</p>
<div class="cards">
<a href="/docs"><h2>REST</h2><p>Every route, with its bodies and rights, to read and to try.</p></a>
<a href="/graphiql"><h2>GraphQL</h2><p>Queries, mutations and live subscriptions in an editor that knows the schema.</p></a>
<a href="/errors"><h2>Errors</h2><p>Every code that an answer can carry, and what to do about it.</p></a>
</div>
<h2>First steps</h2>
<p>Every call carries a token. With <code>npm start</code> an administrator's is in <code>.virtgate/admin-token</code>:</p>
<pre>curl -H "Authorization: Bearer $(cat .virtgate/admin-token)" ${escapeHtml(url)}/api/v1/me</pre>
<h2>For machines</h2>
<p class="links"><a href="/api/openapi.json">OpenAPI 3.1</a><a href="/healthz">Health</a><a href="/readyz">Readiness</a><a href="/metrics">Metrics</a></p>
</main>`,
  );

export interface ErrorEntry {
  code: string;
  status: number;
  title: string;
  hint?: string;
}

export const errorsPage = (entries: readonly ErrorEntry[]): string =>
  page(
    'Error codes – virtgate',
    `${BAR('/errors')}
<main>
<h1>Error codes</h1>
<p class="lead">REST answers them as <code>code</code> of <code>application/problem+json</code>, GraphQL as <code>extensions.code</code>.</p>
<table>
<thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead>
<tbody>
${entries
  .map(
    ({ code, status, title, hint }) =>
      `<tr id="${escapeHtml(code)}"><td><a href="#${escapeHtml(code)}"><code>${escapeHtml(code)}</code></a></td><td>${status}</td><td>${escapeHtml(title)}${hint ? `<br><small>${escapeHtml(hint)}</small>` : ''}</td></tr>`,
  )
  .join('\n')}
</tbody>
</table>
</main>`,
  );

export const docsPage = (): string =>
  page(
    'REST – virtgate',
    `${BAR('/docs')}
<div id="docs"></div>
<script src="/assets/swagger-ui.js"></script>
<script src="/assets/docs.js"></script>`,
    '<link rel="stylesheet" href="/assets/swagger-ui.css">\n',
  );

export const graphiqlPage = (): string =>
  page(
    'GraphQL – virtgate',
    `${BAR('/graphiql')}
<div id="graphiql"></div>
<script src="/assets/graphiql-start.js"></script>
<script src="/assets/graphiql.js"></script>
<script src="/assets/graphiql-start.js"></script>`,
    '<link rel="stylesheet" href="/assets/graphiql.css">\n',
  );
