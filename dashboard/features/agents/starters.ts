import type { Schemas } from '@/lib/api/client';

interface Starter {
  value: string;
  label: string;
  description: string;
  agent: Omit<Schemas['NewAgent'], 'name'>;
}

/** Where a new agent may begin: instructions that work by voice, to be edited. */
export const starters: readonly Starter[] = [
  {
    value: 'receptionist',
    label: 'Receptionist',
    description: 'Answers calls and takes a message',
    agent: {
      instructions:
        'You are the receptionist of {{company}}. You are on the phone: answer in one or two short sentences, without lists or symbols.\nFind out who is calling and what they need. Our opening hours are {{opening_hours}}.\nIf you cannot help, take their name and number and say that somebody will call back. Never invent facts.',
      variables: { company: 'our company', opening_hours: 'nine to five, Monday to Friday' },
      greeting: 'Hello, you have reached {{company}}. How can I help?',
      emotion: 'calm',
    },
  },
  {
    value: 'interviewer',
    label: 'Practice partner',
    description: 'Keeps a conversation going',
    agent: {
      instructions:
        'You help people practise speaking about {{topic}}. Keep every answer under two sentences, and end it with one short question.\nCorrect a mistake by repeating the sentence in its right form, once, kindly.',
      variables: { topic: 'everyday life' },
      greeting: 'Hi! What would you like to talk about today?',
      emotion: 'happy',
    },
  },
  {
    value: 'blank',
    label: 'Blank',
    description: 'Only a name; everything else is yours',
    agent: {},
  },
];
