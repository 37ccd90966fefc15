/** Every sentence of the page in English. The other languages have the same shape. */
import { about } from './about';
import { live } from './live';
import { people } from './people';
import { problems } from './problems';
import { shell } from './shell';
import { speakers } from './speakers';
import { takes } from './takes';
import { verdict } from './verdict';

export const en = { shell, takes, verdict, people, live, speakers, about, problems };

export type Words = typeof en;
