# What goes into an image. Wants layout.sh, say.sh, $out, $tag, $commit and $moment (the commit's, in seconds).

IMAGES=("${SERVICES[@]}" gateway edge qlctl)
# Who runs in an image, and owns nothing there.
IMAGE_USER=65532

# Where a program lies in its image, from its root.
program_in_image() {
  case $1 in edge) echo usr/sbin/haproxy ;; *) echo "usr/bin/$1" ;; esac
}

built_program() {
  case $1 in
    edge) command -v haproxy ;;
    qlctl) echo "$root/build-image/services/ctl/qlctl" ;;
    *) echo "$root/build-image/services/$1/$1" ;;
  esac
}

# What a program loads by name while it runs, and so no linker tells.
loaded_later() {
  case $1 in
    edge) return 0 ;;
    # How MySQL servers ask for passwords.
    organization | risk | supervision | review | qlctl) find /usr/lib -path '*/libmariadb3/plugin/*.so' | sort ;;
    # Who signs the certificates of identity providers.
    gateway) echo /etc/ssl/certs/ca-certificates.crt ;;
  esac
}

# files_of NAME: the program's libraries, its loader, what it loads later, and the libraries of that.
files_of() {
  local file
  {
    loaded_later "$1"
    for file in "$(built_program "$1")" $(loaded_later "$1"); do
      ldd "$file" 2>/dev/null | grep -o '/[^ ]*'
    done
  } | sort -u
}

# assemble_root NAME FOLDER
assemble_root() {
  local name=$1 folder=$2 file
  mkdir -p "$folder"/{etc,tmp,run/qinglian,var/lib/qinglian,usr/bin,usr/sbin,usr/lib,usr/lib64} &&
    ln -s usr/bin "$folder/bin" && ln -s usr/sbin "$folder/sbin" && ln -s usr/lib "$folder/lib" && ln -s usr/lib64 "$folder/lib64" || return
  install -m 755 "$(built_program "$name")" "$folder/$(program_in_image "$name")" || return
  # Without names and lines: those are of the folder that was built in, and the same commit is to be the same bytes.
  [ "$name" = edge ] || strip --strip-all "$folder/$(program_in_image "$name")" || return
  while read -r file; do
    mkdir -p "$folder${file%/*}" && cp -L "$file" "$folder$file" || return
  done < <(files_of "$name")
  printf '%s\n' "root:x:0:0::/nonexistent:/nonexistent" "qinglian:x:$IMAGE_USER:$IMAGE_USER::/nonexistent:/nonexistent" >"$folder/etc/passwd"
  printf '%s\n' "root:x:0:" "qinglian:x:$IMAGE_USER:" >"$folder/etc/group"
  echo 'hosts: files dns' >"$folder/etc/nsswitch.conf"
  copy_licences "$name" "$folder"
  chmod 1777 "$folder/tmp"
  find "$folder" -exec touch --no-dereference --date="@$moment" {} +
}

# packages_owning: those that the files on its input are of, asked for at once: a question takes dpkg half a second. It knows
# them as they were before or after /lib became /usr/lib.
packages_owning() {
  local file real asked=()
  while read -r file; do
    real=$(realpath "$file")
    asked+=("$file" "${file#/usr}" "$real" "${real#/usr}")
  done
  [ ${#asked[@]} -eq 0 ] || dpkg-query -S "${asked[@]}" 2>/dev/null | sed 's/: .*//' | sort -u
}

# The packages that an image holds files of. What update-ca-certificates makes belongs to no package.
packages_of() {
  { files_of "$1"; [ "$1" != edge ] || built_program edge; } | grep -v '/ca-certificates.crt$' | packages_owning
  [ "$1" != gateway ] || echo ca-certificates
}

# The packages whose archives are part of the program itself.
packages_linked_into() {
  [ "$1" != edge ] || return 0
  ninja -C "$root/build-image" -t commands "$1" | tail -n 1 | grep -o '/usr/lib/[^ ]*\.a' | sort -u | packages_owning
}

copy_licences() {
  local package
  while read -r package; do
    package=${package%%:*}
    [ ! -e "/usr/share/doc/$package/copyright" ] || install -D -m 644 "/usr/share/doc/$package/copyright" "$2/usr/share/doc/$package/copyright"
  done < <({ packages_of "$1"; packages_linked_into "$1"; } | sort -u)
}

# write_package_list NAME: name, version, architecture, source and whether files of it are there or it is linked in.
write_package_list() {
  local form='${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}'
  dpkg-query -W -f "$form"'\tfiles\n' $(packages_of "$1") || return
  local linked
  linked=$(packages_linked_into "$1")
  [ -z "$linked" ] || dpkg-query -W -f "$form"'\tlinked\n' $linked
}

# Containers and images of buildah, which need not be there for anybody else.
store() { buildah --storage-driver vfs --root "$out/.store" --runroot "$out/.run" "$@"; }

# commit_image NAME FOLDER
commit_image() {
  local container
  container=$(store from scratch) || return
  store copy --quiet "$container" "$2" / &&
    store config --user "$IMAGE_USER:$IMAGE_USER" --workingdir / --entrypoint "[\"/$(program_in_image "$1")\"]" \
      --label "org.opencontainers.image.title=qinglian-$1" --label "org.opencontainers.image.revision=$commit" "$container" &&
    # The edge leaves in good order on this one; SIGTERM would cut its calls.
    { [ "$1" != edge ] || store config --stop-signal SIGUSR1 "$container"; } &&
    store commit --quiet --rm --timestamp "$moment" "$container" "qinglian-$1:$tag" &&
    rm -f "$out/$1.tar" && store push --quiet "qinglian-$1:$tag" "oci-archive:$out/$1.tar:qinglian-$1:$tag"
}
