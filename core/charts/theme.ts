/** Colours of Okabe and Ito (2008): told apart by colour-blind readers, and by their lightness in black and white. */
export const palette = { predicted: '#0072B2', measured: '#D55E00', limit: '#666666', fine: '#009E73' } as const;

/** Size and type that all charts share; text takes the page's colour. */
export const frame = {
  width: 680,
  marginLeft: 120,
  style: { background: 'transparent', color: 'currentColor', fontSize: '13px', fontFamily: 'system-ui, sans-serif' },
} as const;
