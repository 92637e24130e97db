import { build } from 'vite';
import { writeData } from './data/write-data.ts';
import { siteConfig } from './site.ts';

/**
 * Builds the notebooks into `out/notebooks`: first their data, from every recorded run and every profile that is there,
 * then the pages. A new run appears without a change here.
 */
await writeData();
await build({ ...siteConfig(), base: './', logLevel: 'warn' });
