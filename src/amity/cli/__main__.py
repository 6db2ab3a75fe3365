from amity.cli.main import main

main()
