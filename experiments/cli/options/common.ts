import { flag, type Option } from './option.ts';

/** Of every command that has a result. */
export const jsonFlag = (group = ''): { readonly json: Option<boolean> } => ({
  json: flag({ group, help: 'Print the result as JSON; progress and logs go to stderr' }),
});
