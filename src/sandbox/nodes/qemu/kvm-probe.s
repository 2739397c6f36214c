# The boot sector of kvm-probe.ts. It proves what a guest needs and what a broken KVM has been seen to lack:
# three timer interrupts in real mode, then paging and long mode, then fifty million turns of a loop within
# the time limit. Success is a write of 0x31 to the isa-debug-exit port, which ends QEMU with status 99.
#   as -o probe.o kvm-probe.s && objcopy -O binary -j .text probe.o probe.bin && base64 probe.bin
.code16
.org 0
start:
  cli
  xorw %ax,%ax
  movw %ax,%ds
  movw %ax,%es
  movw %ax,%ss
  movw $0x7c00,%sp
  cld
  sti
  movw $3,%cx
1: movw 0x46c,%bx
2: hlt
  cmpw 0x46c,%bx
  je 2b
  loop 1b
  cli
  movw $0x1000,%di
  movw $0x1800,%cx
  rep stosw
  movw $0x2003,0x1000
  movw $0x3003,0x2000
  movw $0x0083,0x3000
  movl %cr4,%eax
  orb $0x20,%al
  movl %eax,%cr4
  movl $0x1000,%eax
  movl %eax,%cr3
  movl $0xC0000080,%ecx
  rdmsr
  orb $1,%ah
  wrmsr
  movl %cr0,%eax
  orl $0x80000001,%eax
  movl %eax,%cr0
  lgdt (gdtr - start + 0x7c00)
  ljmp $8,$(long - start + 0x7c00)
.code64
long:
  movl $50000000,%ecx
3: decl %ecx
  jnz 3b
  movw $0x501,%dx
  movb $0x31,%al
  outb %al,%dx
4: hlt
  jmp 4b
.balign 8
gdt:
  .quad 0
  .quad 0x00209a0000000000
gdtr:
  .word gdtr - gdt - 1
  .long gdt - start + 0x7c00
