import { ED25519 } from '../virtual-machines/domain/sample-bodies.spec-support.js';
import { sshKeyProblem } from './public-key.contract.js';

const RSA_2048 =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC9Y9j7g6gMjTb6ds/fzPGLIwA8xjp8hRgVEQqa4Ec8z3t9YK7gNxwBAY3RjeoIU3DryPMVoYQkCqxD39V26GQXIfPTnWkNBVUyB1mrWt4baETg94Gq3zShnbtnLKadZymS/wK641WWWtjzoPMJ3AioRNIBwV8qihljVjCKre3ux8T0Cv+1reEpZn4yTKY0a3pyX75RV/Ue2ypBA3qRMNqUyHrkfllAyQKhgoWF/cgDCougOzEM0KORHFuMMEGcs1YlRQ7urXptbiXTTjxqimh2UDZJOnksMwfbmFrBAScurelP3gWie8Cn7JgZkfTYwnu5bKIltkd7Qor1N4LFrShx rsa';
const RSA_1024 =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDHEP4CJ0ng8PN7vPZVXEa3nC/geT++Ll3DCOKUdaKKGHRMp33CZtCR/VTki8UWCdmib6CWNNT77COmTq4mxktPIEYNqFZplKEhH+vvfNugSG5JZ7iLMZmq3r95IZKysIjWoH1OXGzRV3Hbr9mRQSe5SKzIGVV/b/0Zb8+ou/L3xQ== rsa';
const ECDSA =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKCX7zufCMLzNDlPYhFAY+2OKy9w5btmuiP+asBUuKfKGWoZ/eC4f+tDPxVBVXU8RYKo9Vnc+5decBraDj4rDyM=';

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
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA', /private key/],
  ])('refuses %s', (_what, key, problem) => {
    expect(sshKeyProblem(key)).toMatch(problem);
  });
});
