/** Every sentence of the page in Simplified Chinese. */
import type { Words } from '../en';
import { about } from './about';
import { live } from './live';
import { people } from './people';
import { problems } from './problems';
import { shell } from './shell';
import { speakers } from './speakers';
import { takes } from './takes';
import { verdict } from './verdict';

export const zh: Words = { shell, takes, verdict, people, live, speakers, about, problems };
