import { fileURLToPath } from 'node:url';
import { config, observable } from '@observablehq/notebook-kit/vite';
import type { InlineConfig } from 'vite';

/** The pages in the order in which they tell the story; `index` comes before them. */
export const story = [
  'the-machine',
  'predicted-against-measured',
  'capacity',
  'the-document-audited',
  'before-and-after',
  'when-it-breaks',
  'coalescing',
] as const;

const root = new URL('../', import.meta.url);
export const siteFolder = fileURLToPath(new URL('out/notebooks/', root));
const pageFile = (page: string): string => fileURLToPath(new URL(`${page}.html`, import.meta.url));

/** What build and preview share: Observable's notebook plugin, and the rest of the project within reach. */
export function siteConfig(): InlineConfig {
  return {
    ...(config() as InlineConfig),
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    plugins: [observable({ template: fileURLToPath(new URL('template.html', import.meta.url)), transformTemplate })],
    worker: { format: 'es' },
    server: { fs: { allow: [fileURLToPath(root)] } },
    build: {
      outDir: siteFolder,
      emptyOutDir: true,
      // Data stays in files of its own, whatever its size: one can look at it, and a test can change it.
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 2_000,
      rollupOptions: { input: ['index', ...story].map(pageFile) },
    },
  };
}

/** Tells the reader which page of the story this is. */
function transformTemplate(template: string, { path }: { readonly path: string }): string {
  const page = path.replace(/^\/|\.html$/g, '');
  return template.replace(`href="./${page}.html"`, `href="./${page}.html" aria-current="page"`);
}
