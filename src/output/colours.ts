import picocolors from 'picocolors';
import { wantsColour } from '../host/terminal.ts';

/** Colours for results; without effect where nobody wants them. */
export const colours = picocolors.createColors(wantsColour('stdout'));

/** Colours for what goes to standard error. */
export const noticeColours = picocolors.createColors(wantsColour('stderr'));
