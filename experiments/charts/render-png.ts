import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';

/** Fonts that come with the project, so that a picture is the same on a machine that has none. */
const fontFiles = [
  import.meta.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  import.meta.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
  import.meta.resolve('@expo-google-fonts/inter/400Regular_Italic/Inter_400Regular_Italic.ttf'),
].map((url) => fileURLToPath(url));

/** @param scale pixels for each unit of the SVG; 2 suits today's screens and print at 150 dpi */
export function renderPng(svg: string, scale = 2): Buffer {
  return new Resvg(svg, {
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
    fitTo: { mode: 'zoom', value: scale },
  })
    .render()
    .asPng();
}
