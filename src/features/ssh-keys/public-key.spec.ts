import { ED25519 } from '../virtual-machines/domain/sample-bodies.spec-support.js';
import { describeKey, sshKeyProblem } from './public-key.contract.js';

const RSA_2048 =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC9Y9j7g6gMjTb6ds/fzPGLIwA8xjp8hRgVEQqa4Ec8z3t9YK7gNxwBAY3RjeoIU3DryPMVoYQkCqxD39V26GQXIfPTnWkNBVUyB1mrWt4baETg94Gq3zShnbtnLKadZymS/wK641WWWtjzoPMJ3AioRNIBwV8qihljVjCKre3ux8T0Cv+1reEpZn4yTKY0a3pyX75RV/Ue2ypBA3qRMNqUyHrkfllAyQKhgoWF/cgDCougOzEM0KORHFuMMEGcs1YlRQ7urXptbiXTTjxqimh2UDZJOnksMwfbmFrBAScurelP3gWie8Cn7JgZkfTYwnu5bKIltkd7Qor1N4LFrShx rsa';
const RSA_1024 =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDHEP4CJ0ng8PN7vPZVXEa3nC/geT++Ll3DCOKUdaKKGHRMp33CZtCR/VTki8UWCdmib6CWNNT77COmTq4mxktPIEYNqFZplKEhH+vvfNugSG5JZ7iLMZmq3r95IZKysIjWoH1OXGzRV3Hbr9mRQSe5SKzIGVV/b/0Zb8+ou/L3xQ== rsa';
const ECDSA =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKCX7zufCMLzNDlPYhFAY+2OKy9w5btmuiP+asBUuKfKGWoZ/eC4f+tDPxVBVXU8RYKo9Vnc+5decBraDj4rDyM=';

/** With one more field at the end. */
const longer = (line: string): string => {
  const [type, blob = ''] = line.split(' ');
  const bytes = Buffer.concat([Buffer.from(blob, 'base64'), Buffer.from([0, 0, 0, 1, 7])]);
  return `${type} ${bytes.toString('base64')}`;
};

describe('sshKeyProblem', () => {
  it.each([ED25519, RSA_2048, ECDSA, ` ${ED25519}\n`])('takes %.30s', (key) => {
    expect(sshKeyProblem(key)).toBeNull();
  });

  it.each([
    ['nothing', '', /looks like/],
    ['a cut one', ED25519.slice(0, 60), /damaged/],
    ['another type in front', ED25519.replace('ssh-ed25519', 'ssh-rsa'), /damaged/],
    ['a short RSA key', RSA_1024, /2048 bits/],
    ['DSA', `ssh-dss ${ED25519.split(' ')[1]}`, /looks like/],
    ['options', `command="rm" ${ED25519}`, /looks like/],
    ['two lines', `${ED25519}\n${ED25519}`, /looks like/],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA', /private key.*\.pub/],
    ["PuTTY's private key", 'PuTTY-User-Key-File-3: ssh-ed25519', /private key/],
    ['another format', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA', /ssh-keygen -i/],
    ['PEM', '-----BEGIN PUBLIC KEY-----\nAAAA', /ssh-keygen -i/],
    ['base64 that a decoder forgives', ED25519.replace('Yrt ', 'Yrt= '), /damaged/],
    ['more than the key', longer(ED25519), /damaged/],
    ['a curve of another name', ECDSA.replace('ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384'), /damaged/],
    ['a comment that turns text around', `${ED25519} \u202e`, /looks like/],
    ['the name of a property', `constructor ${ED25519.split(' ')[1]}`, /looks like/],
  ])('refuses %s', (_what, key, problem) => {
    expect(sshKeyProblem(key)).toMatch(problem);
  });

  it('never repeats what was given', () => {
    expect(sshKeyProblem('-----BEGIN OPENSSH PRIVATE KEY-----\ncanary')).not.toContain('canary');
    expect(sshKeyProblem('canary')).not.toContain('canary');
  });
});

it('shows a key as ssh-keygen -l does', () => {
  expect(describeKey(ED25519)).toEqual({
    key: ED25519,
    type: 'ssh-ed25519',
    comment: 'a test',
    fingerprint: 'SHA256:epKSxLt31HHz+yF4jostUiMWKVStBbyCl9TkmfBmtRI',
  });
});
